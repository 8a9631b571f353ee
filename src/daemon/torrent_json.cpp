#include "daemon/torrent_json.h"

#include <nlohmann/json.hpp>

#include "content/path_rules.h"
#include "content/torrent_file.h"
#include "daemon/api.h"
#include "net/share_sources.h"

namespace stp::daemon {

using nlohmann::json;

Result<json> keep_torrent(const MetainfoStore& store, ByteSpan bytes) {
  const Result<content::TorrentFile> torrent = content::decode_torrent(bytes);
  if (!torrent) return torrent.error();
  const content::Metainfo& metainfo = *torrent->metainfo;
  if (Status saved = store.save(*torrent); !saved) return saved.error();
  json files = json::array();
  for (const auto& file : metainfo.files()) {
    if (files.size() >= kTorrentFilesMax) break;
    files.push_back({{"path", content::join_path(file.path)}, {"bytes", file.bytes}});
  }
  return json{{"link", net::link_of(*torrent).to_string()},
              {"name", metainfo.name()},
              {"bytes", metainfo.total_bytes()},
              {"file_count", metainfo.files().size()},
              {"files", std::move(files)}};
}

}  // namespace stp::daemon
