// `stp info`: what a link or .torrent file refers to.
#include <nlohmann/json.hpp>

#include "cli/commands.h"
#include "cli/fetch_metainfo.h"
#include "cli/format.h"
#include "content/path_rules.h"
#include "core/shown_text.h"

namespace stp::cli {
namespace {

/// "name:        value", aligned for the longest label.
std::string row(const std::string& label, const std::string& value) {
  constexpr std::size_t kColumn = 13;
  std::string line = label + ":";
  line.resize(std::max(kColumn, line.size() + 1), ' ');
  return line + value + "\n";
}

/// Which peers may be asked. Empty while that is unknown: a magnet link does not say.
std::string kind_row(const Target& target) {
  if (target.link.is_private()) return row("kind", "private: found and decrypted only with the link");
  if (!target.metainfo) return {};
  return row("kind", target.metainfo->is_private()
                         ? "private torrent: peers from its trackers only, no DHT and no peer exchange"
                         : "public");
}

std::string hash_rows(const InfoHashes& hashes) {
  if (!hashes.hybrid()) return row(hashes.v1 ? "v1 hash" : "info-hash", hashes.hex());
  return row("info-hash", hashes.v2->hex()) + row("v1 hash", hashes.v1->hex());
}

/// Trackers by tier (BEP 12), if there are several.
std::string tracker_rows(const Target& target) {
  std::string text;
  for (std::size_t tier = 0; tier < target.tiers.size(); ++tier) {
    const std::string label = target.tiers.size() > 1 ? "tracker, " + std::to_string(tier + 1) : "tracker";
    for (const std::string& tracker : target.tiers[tier]) text += row(label, escaped(tracker));
  }
  if (!target.tiers.empty()) return text;
  for (const std::string& tracker : target.link.trackers) text += row("tracker", escaped(tracker));
  return text;
}

std::string link_rows(const Target& target) {
  const wire::Link& link = target.link;
  std::string text = hash_rows(link.info_hashes) + kind_row(target) + tracker_rows(target);
  for (const HostPort& peer : link.peers) text += row("peer", escaped(peer.to_string()));
  for (const std::string& seed : link.web_seeds) text += row("web seed", escaped(seed));
  for (const std::string& seed : target.http_seeds) text += row("HTTP seed", escaped(seed));
  for (const HostPort& node : target.nodes) text += row("DHT node", escaped(node.to_string()));
  return text;
}

/// What a link or torrent says besides its hashes.
nlohmann::json link_fields(const Target& target) {
  const wire::Link& link = target.link;
  const auto hex = [](const auto& hash) { return hash ? nlohmann::json(hash->hex()) : nlohmann::json(); };
  const auto texts = [](const std::vector<HostPort>& places) {
    nlohmann::json list = nlohmann::json::array();
    for (const HostPort& place : places) list.push_back(place.to_string());
    return list;
  };
  return {{"link", link.to_string()},
          {"info_hash", link.info_hashes.hex()},
          {"info_hash_v1", hex(link.info_hashes.v1)},
          {"info_hash_v2", hex(link.info_hashes.v2)},
          {"private", link.is_private()},
          {"trackers", link.trackers},
          {"tracker_tiers", target.tiers},
          {"web_seeds", link.web_seeds},
          {"http_seeds", target.http_seeds},
          {"dht_nodes", texts(target.nodes)}};
}

/// "1234567 bytes (1.23 MB)"; a short size without the second form.
std::string size_text(std::int64_t bytes) {
  if (bytes < 1000) return format_count(static_cast<std::uint32_t>(bytes), "byte", "bytes");
  return std::to_string(bytes) + " bytes (" + format_bytes(bytes) + ")";
}

std::string version_text(const content::Metainfo& metainfo) {
  if (!metainfo.has_v1()) return "BitTorrent v2";
  return metainfo.has_v2() ? "BitTorrent v1 and v2 (hybrid)" : "BitTorrent v1";
}

std::string metainfo_rows(const content::Metainfo& metainfo) {
  std::string text = row("name", escaped(metainfo.name()));
  text += row("version", version_text(metainfo));
  text += row("size", size_text(metainfo.total_bytes()));
  text += row("chunks",
              std::to_string(metainfo.chunk_count()) + " of " + std::to_string(metainfo.chunk_bytes()) + " bytes");
  text += row("files", std::to_string(metainfo.files().size()));
  if (!metainfo.empty_folders().empty()) text += row("empty folders", std::to_string(metainfo.empty_folders().size()));
  if (!metainfo.symlinks().empty()) text += row("symbolic links", std::to_string(metainfo.symlinks().size()));
  for (const content::FileEntry& file : metainfo.files()) {
    std::string bytes = std::to_string(file.bytes);
    bytes.insert(0, bytes.size() < 15 ? 15 - bytes.size() : 0, ' ');
    text += bytes + "  " + escaped(content::join_path(file.path));
    text += "\n";
  }
  for (const std::vector<std::string>& folder : metainfo.empty_folders()) {
    text += std::string(15, ' ') + "  " + escaped(content::join_path(folder)) + "/\n";
  }
  for (const content::Symlink& link : metainfo.symlinks()) {
    text += std::string(15, ' ') + "  " + escaped(content::join_path(link.path)) + " -> " +
            (link.target.empty() ? "nowhere in the share" : escaped(content::join_path(link.target))) + "\n";
  }
  return text;
}

nlohmann::json file_list(const content::Metainfo& metainfo) {
  nlohmann::json files = nlohmann::json::array();
  for (const content::FileEntry& file : metainfo.files()) {
    files.push_back({{"path", content::join_path(file.path)},
                     {"bytes", file.bytes},
                     {"first_chunk", file.first_chunk.value},
                     {"chunks", file.chunk_count},
                     {"executable", file.executable},
                     {"mtime", file.mtime > 0 ? nlohmann::json(file.mtime) : nlohmann::json()}});
  }
  return files;
}

nlohmann::json symlink_list(const content::Metainfo& metainfo) {
  nlohmann::json links = nlohmann::json::array();
  for (const content::Symlink& link : metainfo.symlinks()) {
    links.push_back(
        {{"path", content::join_path(link.path)},
         {"target", link.target.empty() ? nlohmann::json() : nlohmann::json(content::join_path(link.target))}});
  }
  return links;
}

/// Paths of the empty folders.
nlohmann::json folder_list(const content::Metainfo& metainfo) {
  nlohmann::json folders = nlohmann::json::array();
  for (const std::vector<std::string>& folder : metainfo.empty_folders()) folders.push_back(content::join_path(folder));
  return folders;
}

}  // namespace

ExitCode run_info(Context& context) {
  const CancelOnSignal signals;
  std::variant<Target, ExitCode> opened = open_target(context, signals);
  if (const ExitCode* const code = std::get_if<ExitCode>(&opened)) return *code;
  Target& target = std::get<Target>(opened);
  const auto print = [&](std::string rows, const char* event, nlohmann::json fields) {
    rows.pop_back();  // tell() ends the line
    return tell(context, rows, event, std::move(fields));
  };
  nlohmann::json link = link_fields(target);
  const bool kind_is_new = kind_row(target).empty();
  int failure = print(link_rows(target), "link", std::move(link));
  if (failure != 0) return fail_stdout(context, failure);
  tell_notices(context, target);
  if (const std::optional<ExitCode> code = fetch_metainfo(context, target, signals)) return *code;
  nlohmann::json fields = metainfo_fields(*target.metainfo);
  fields["file_list"] = file_list(*target.metainfo);
  fields["empty_folders"] = folder_list(*target.metainfo);
  fields["symlinks"] = symlink_list(*target.metainfo);
  const std::string kind = kind_is_new ? kind_row(target) : "";
  failure = print(kind + metainfo_rows(*target.metainfo), "info", std::move(fields));
  if (failure != 0) return fail_stdout(context, failure);
  return end(context, ExitCode::done);
}

}  // namespace stp::cli
