// .torrent files (BEP 3, 5, 12, 17, 19, 52): an info dictionary of any version, the piece layers, trackers, web seeds and
// DHT nodes.
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
#include "core/host_port.h"
#include "core/result.h"

namespace stp::content {

inline constexpr std::size_t kTorrentBytesMax = std::size_t{96} * 1024 * 1024;
inline constexpr std::size_t kTrackersMax = 100;
inline constexpr std::size_t kTrackerBytesMax = 2048;
inline constexpr std::size_t kWebSeedsMax = 100;
inline constexpr std::size_t kNodesMax = 100;

/// What is added to it beyond these limits is ignored, and so are URLs with blanks in them, or of other characters than
/// ASCII, and what occurs twice. Blanks around a URL are removed.

struct TorrentFile {
  std::shared_ptr<const Metainfo> metainfo;
  ChunkHashes hashes;
  /// URLs of trackers: "announce-list" (BEP 12), and before it "announce" if it is not in there.
  std::vector<std::vector<std::string>> tiers = {};
  std::vector<std::string> web_seeds = {};   // "url-list" (BEP 19); blanks in it are escaped
  std::vector<std::string> http_seeds = {};  // "httpseeds" (BEP 17)
  std::vector<HostPort> nodes = {};          // "nodes" (BEP 5)

  /// All trackers, in order.
  [[nodiscard]] std::vector<std::string> trackers() const;
};

/// Errors: malformed, limit, unsupported (a later meta version), integrity (a layer does not match its file's root, or
/// the parts of a hybrid disagree).
[[nodiscard]] Result<TorrentFile> decode_torrent(ByteSpan bytes);

/// The layers of files whose chunk hashes are not all known are left out.
[[nodiscard]] Bytes encode_torrent(const TorrentFile& torrent);

}  // namespace stp::content
