// What a swarm says of itself to whoever tells others of it.

#include <algorithm>

#include "transfer/swarm_impl.h"

namespace stp::transfer {
namespace {

// `left` before the metainfo is known: nobody knows it, anything but 0 says leech.
constexpr std::int64_t kLeftUnknown = 16 * 1024;

}  // namespace

discovery::Announcement Swarm::Impl::announcement() const {
  discovery::Announcement self;
  self.port = port;
  self.uploaded = up.total();
  self.downloaded = down.total();
  const bool content_known = picker.has_value();
  if (content_known) {
    self.left = bytes_unwanted + bytes_wanted - bytes_had;
  } else {
    // What of it is on disk is still to be found out.
    self.left = metainfo ? std::max<std::int64_t>(1, metainfo->total_bytes()) : kLeftUnknown;
  }
  // A share without bytes is missing all the same until the download has ended.
  if (phase != Phase::complete) self.left = std::max<std::int64_t>(1, self.left);
  self.completed = phase == Phase::complete && began_incomplete && self.left == 0;
  self.paused = phase == Phase::complete && self.left > 0;
  return self;
}

void Swarm::Impl::announce(Instant now) {
  discovery.start(config.key, announcement(), now);
}

}  // namespace stp::transfer
