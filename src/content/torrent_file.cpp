#include "content/torrent_file.h"

#include <algorithm>
#include <map>
#include <set>
#include <unordered_map>

#include "bencode/bencode.h"
#include "content/merkle.h"
#include "content/path_rules.h"
#include "core/shown_text.h"
#include "core/text.h"

namespace stp::content {
namespace {

using bencode::View;

// Without the blanks and line breaks around it.
std::string_view trimmed(std::string_view text) {
  constexpr const char* kAround = " \t\r\n";
  const std::size_t first = text.find_first_not_of(kAround);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(kAround) - first + 1);
}

// A URL fit to be used and shown; nullopt when it is not.
std::optional<std::string> url_of(const View& value) {
  const std::optional<std::string_view> text = value.text();
  if (!text) return std::nullopt;
  const std::string_view url = trimmed(*text);
  if (url.empty() || url.size() > kTrackerBytesMax) return std::nullopt;
  const bool printable = std::all_of(url.begin(), url.end(), [](char c) { return c > ' ' && c < 0x7f; });
  return printable ? std::optional(std::string(url)) : std::nullopt;
}

std::vector<std::vector<std::string>> read_tiers(const View& torrent) {
  std::vector<std::vector<std::string>> tiers;
  std::set<std::string> known;
  const auto add = [&](const View& value, std::vector<std::string>& tier) {
    const std::optional<std::string> url = url_of(value);
    if (url && known.size() < kTrackersMax && known.insert(*url).second) tier.push_back(*url);
  };
  const auto list = torrent.find_list("announce-list");
  for (std::optional<View> each = list ? list->first() : std::nullopt; each; each = each->next()) {
    std::vector<std::string> tier;
    for (std::optional<View> url = each->is_list() ? each->first() : std::nullopt; url; url = url->next()) {
      add(*url, tier);
    }
    if (!tier.empty()) tiers.push_back(std::move(tier));
  }
  if (const auto announce = torrent.find("announce")) {
    std::vector<std::string> tier;
    add(*announce, tier);
    if (!tier.empty()) tiers.insert(tiers.begin(), std::move(tier));
  }
  return tiers;
}

// A list of URLs, or a single one.
std::vector<std::string> read_seeds(const View& torrent, std::string_view key) {
  std::vector<std::string> seeds;
  const auto add = [&seeds](const View& value) {
    std::string escaped_blanks;
    for (const char c : trimmed(value.text().value_or(std::string_view()))) {
      escaped_blanks += c == ' ' ? "%20" : std::string(1, c);
    }
    const bool fits = !escaped_blanks.empty() && escaped_blanks.size() <= kTrackerBytesMax &&
                      seeds.size() < kWebSeedsMax &&
                      std::ranges::all_of(escaped_blanks, [](char c) { return c > ' ' && c < 0x7f; });
    if (fits && std::ranges::find(seeds, escaped_blanks) == seeds.end()) seeds.push_back(std::move(escaped_blanks));
  };
  const std::optional<View> value = torrent.find(key);
  if (!value) return seeds;
  if (!value->is_list()) add(*value);
  for (std::optional<View> each = value->is_list() ? value->first() : std::nullopt; each; each = each->next()) {
    add(*each);
  }
  return seeds;
}

// Pairs of host and port.
std::vector<HostPort> read_nodes(const View& torrent) {
  std::vector<HostPort> nodes;
  const auto list = torrent.find_list("nodes");
  for (std::optional<View> each = list ? list->first() : std::nullopt; each; each = each->next()) {
    const std::optional<View> host = each->is_list() ? each->first() : std::nullopt;
    const std::optional<View> port = host ? host->next() : std::nullopt;
    if (!port || !host->text() || !port->integer() || *port->integer() < 1 || *port->integer() > 65535) continue;
    std::optional<HostPort> node =
        HostPort::parse(bracketed_host(*host->text()) + ":" + std::to_string(*port->integer()));
    if (node && nodes.size() < kNodesMax && std::ranges::find(nodes, *node) == nodes.end()) {
      nodes.push_back(*std::move(node));
    }
  }
  return nodes;
}

// Several files may have the same root; the layer is stored once.
Status read_layers(const View& layers, const Metainfo& metainfo, ChunkHashes& hashes) {
  std::unordered_map<Hash256, ByteSpan, IdHash> by_root;
  for (std::optional<View> key = layers.first(); key;) {
    const View value = *key->next();
    const auto root = Hash256::from(*key->string());
    if (root && value.string()) by_root.emplace(*root, *value.string());
    key = value.next();
  }
  for (std::size_t i = 0; i < metainfo.files().size(); ++i) {
    const FileEntry& file = metainfo.files()[i];
    if (file.chunk_count < 2) continue;
    const auto layer = by_root.find(file.root);
    if (layer == by_root.end()) continue;
    const auto nodes = hashes_from(layer->second);
    if (!nodes) {
      return Error{ErrorKind::malformed, "piece layer of \"" + escaped(join_path(file.path)) + "\" has a bad length"};
    }
    if (Status status = hashes.set_layer(i, *nodes); !status) return status;
  }
  return Done{};
}

}  // namespace

Result<TorrentFile> decode_torrent(ByteSpan bytes) {
  if (bytes.size() > kTorrentBytesMax) return Error{ErrorKind::limit, "torrent file is larger than 96 MiB"};
  // Files that were saved by an editor may end with a line break.
  while (!bytes.empty() && (bytes.back() == std::byte{'\n'} || bytes.back() == std::byte{'\r'})) {
    bytes = bytes.first(bytes.size() - 1);
  }
  bencode::Document document;
  bencode::Limits limits;
  limits.strictness = bencode::Strictness::lenient;
  limits.tokens_max = kInfoTokensMax + 2 * kFilesMax;
  if (Status status = document.decode(bytes, limits); !status) return status.error();
  const auto info = document.root().find_dict("info");
  if (!info) return Error{ErrorKind::malformed, "not a torrent file: no info dictionary"};
  Result<std::shared_ptr<const Metainfo>> metainfo = Metainfo::parse(info->raw());
  if (!metainfo) return metainfo.error();
  const View& root = document.root();
  TorrentFile torrent{*metainfo,
                      ChunkHashes(*metainfo),
                      read_tiers(root),
                      read_seeds(root, "url-list"),
                      read_seeds(root, "httpseeds"),
                      read_nodes(root)};
  if (const auto layers = root.find_dict("piece layers"); layers && (*metainfo)->has_v2()) {
    if (Status status = read_layers(*layers, **metainfo, torrent.hashes); !status) return status.error();
  }
  return torrent;
}

namespace {

void encode_layers(const TorrentFile& torrent, bencode::Encoder& encoder) {
  if (!torrent.metainfo->has_v2()) return;
  std::map<Hash256, std::size_t> by_root;
  for (std::size_t i = 0; i < torrent.metainfo->files().size(); ++i) {
    const FileEntry& file = torrent.metainfo->files()[i];
    if (file.chunk_count > 1 && torrent.hashes.layer_known(i)) by_root.emplace(file.root, i);
  }
  encoder.key("piece layers").begin_dict();
  for (const auto& [root, file] : by_root) {
    encoder.key(as_text(root.span())).string(std::as_bytes(torrent.hashes.layer(file)));
  }
  encoder.end();
}

}  // namespace

std::vector<std::string> TorrentFile::trackers() const {
  std::vector<std::string> all;
  for (const std::vector<std::string>& tier : tiers) all.insert(all.end(), tier.begin(), tier.end());
  return all;
}

Bytes encode_torrent(const TorrentFile& torrent) {
  bencode::Encoder encoder;
  encoder.begin_dict();
  const auto strings = [&encoder](const std::vector<std::string>& texts) {
    encoder.begin_list();
    for (const std::string& text : texts) encoder.string(text);
    encoder.end();
  };
  if (!torrent.tiers.empty()) encoder.key("announce").string(torrent.tiers.front().front());
  if (torrent.tiers.size() > 1 || (torrent.tiers.size() == 1 && torrent.tiers.front().size() > 1)) {
    encoder.key("announce-list").begin_list();
    for (const std::vector<std::string>& tier : torrent.tiers) strings(tier);
    encoder.end();
  }
  encoder.key("created by").string("stp");
  if (!torrent.http_seeds.empty()) {
    encoder.key("httpseeds");
    strings(torrent.http_seeds);
  }
  encoder.key("info").raw(torrent.metainfo->info_bytes());
  if (!torrent.nodes.empty()) {
    encoder.key("nodes").begin_list();
    for (const HostPort& node : torrent.nodes) encoder.begin_list().string(node.host).integer(node.port).end();
    encoder.end();
  }
  encode_layers(torrent, encoder);
  if (!torrent.web_seeds.empty()) {
    encoder.key("url-list");
    strings(torrent.web_seeds);
  }
  return encoder.end().take();
}

}  // namespace stp::content
