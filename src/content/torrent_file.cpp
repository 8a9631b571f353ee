#include "content/torrent_file.h"

#include <algorithm>
#include <map>
#include <unordered_map>

#include "bencode/bencode.h"
#include "content/merkle.h"
#include "content/path_rules.h"
#include "core/shown_text.h"

namespace stp::content {
namespace {

using bencode::View;

void add_tracker(std::vector<std::string>& trackers, std::optional<std::string_view> url) {
  if (!url || url->empty() || url->size() > kTrackerBytesMax || trackers.size() >= kTrackersMax) return;
  const bool printable = std::all_of(url->begin(), url->end(), [](char c) { return c > ' ' && c < 0x7f; });
  if (!printable || std::find(trackers.begin(), trackers.end(), *url) != trackers.end()) return;
  trackers.emplace_back(*url);
}

std::vector<std::string> read_trackers(const View& torrent) {
  std::vector<std::string> trackers;
  add_tracker(trackers, torrent.find_text("announce"));
  const auto tiers = torrent.find_list("announce-list");
  for (std::optional<View> tier = tiers ? tiers->first() : std::nullopt; tier; tier = tier->next()) {
    for (std::optional<View> url = tier->first(); url; url = url->next()) add_tracker(trackers, url->text());
  }
  return trackers;
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
  TorrentFile torrent{*metainfo, ChunkHashes(*metainfo), read_trackers(document.root())};
  if (const auto layers = document.root().find_dict("piece layers")) {
    if (Status status = read_layers(*layers, **metainfo, torrent.hashes); !status) return status.error();
  }
  return torrent;
}

Bytes encode_torrent(const TorrentFile& torrent) {
  bencode::Encoder encoder;
  encoder.begin_dict();
  if (!torrent.trackers.empty()) encoder.key("announce").string(torrent.trackers[0]);
  if (torrent.trackers.size() > 1) {
    encoder.key("announce-list").begin_list();
    for (const std::string& url : torrent.trackers) encoder.begin_list().string(url).end();
    encoder.end();
  }
  encoder.key("created by").string("stp");
  encoder.key("info").raw(torrent.metainfo->info_bytes());
  std::map<Hash256, std::size_t> by_root;
  for (std::size_t i = 0; i < torrent.metainfo->files().size(); ++i) {
    const FileEntry& file = torrent.metainfo->files()[i];
    if (file.chunk_count > 1 && torrent.hashes.layer_known(i)) by_root.emplace(file.root, i);
  }
  encoder.key("piece layers").begin_dict();
  for (const auto& [root, file] : by_root) {
    encoder.key(as_text(root.span())).string(std::as_bytes(torrent.hashes.layer(file)));
  }
  return encoder.end().end().take();
}

}  // namespace stp::content
