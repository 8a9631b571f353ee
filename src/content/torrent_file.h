// .torrent files (BEP 3, BEP 12, BEP 52): an info dictionary, the piece layers and trackers.
//
// Read leniently outside the info dictionary, which the info-hash covers: other clients put many things there. Layers
// are checked against the files' roots; missing ones (libtorrent writes none for magnet links) are learned from peers,
// and those that belong to no file are ignored.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "content/metainfo.h"
#include "core/bytes.h"
#include "core/result.h"

namespace stp::content {

inline constexpr std::size_t kTorrentBytesMax = std::size_t{96} * 1024 * 1024;
inline constexpr std::size_t kTrackersMax = 100;
inline constexpr std::size_t kTrackerBytesMax = 2048;

struct TorrentFile {
  std::shared_ptr<const Metainfo> metainfo;
  ChunkHashes hashes;
  std::vector<std::string> trackers;  // URLs of "announce" and "announce-list", each once, in order
};

/// Errors: malformed, limit, unsupported (BitTorrent v1 only), integrity (a layer does not match its file's root).
[[nodiscard]] Result<TorrentFile> decode_torrent(ByteSpan bytes);

/// The layers of files whose chunk hashes are not all known are left out.
[[nodiscard]] Bytes encode_torrent(const TorrentFile& torrent);

}  // namespace stp::content
