// content::decode_torrent: an accepted file survives being written and read again.
#include <cstddef>
#include <cstdint>

#include "content/torrent_file.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace stp;
  const auto torrent = content::decode_torrent({reinterpret_cast<const std::byte*>(data), size});
  if (!torrent) {
    STP_ASSERT(!torrent.error().message.empty());
    return 0;
  }
  STP_ASSERT(torrent->trackers().size() <= content::kTrackersMax && torrent->nodes.size() <= content::kNodesMax);
  STP_ASSERT(torrent->web_seeds.size() <= content::kWebSeedsMax && torrent->http_seeds.size() <= content::kWebSeedsMax);
  const Bytes written = content::encode_torrent(*torrent);
  const auto again = content::decode_torrent(written);
  STP_ASSERT(again.ok());
  STP_ASSERT(again->metainfo->info_hash() == torrent->metainfo->info_hash());
  STP_ASSERT(again->tiers == torrent->tiers && again->nodes == torrent->nodes);
  STP_ASSERT(again->web_seeds == torrent->web_seeds && again->http_seeds == torrent->http_seeds);
  STP_ASSERT(again->hashes.complete() == torrent->hashes.complete());
  STP_ASSERT(content::encode_torrent(*again) == written);
  return 0;
}
