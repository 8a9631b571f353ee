// What a swarm says about itself in its announcements.

#include <algorithm>

#include "transfer/swarm_impl.h"

namespace stp::transfer {
namespace {

// `left` before the metainfo is known: the true value is unknown; anything but 0 means leech.
constexpr std::int64_t kLeftUnknown = 16 * 1024;

}  // namespace

discovery::Announcement Swarm::Impl::announcement() const {
  discovery::Announcement self;
  self.port = port;
  self.port_v6 = port_v6;
  self.uploaded = up.total();
  self.downloaded = down.total();
  const bool content_known = picker.has_value();
  if (content_known) {
    self.left = bytes_unwanted + bytes_wanted - bytes_had;
  } else {
    // How much of it is on disk is not known yet.
    self.left = metainfo ? std::max<std::int64_t>(1, metainfo->total_bytes()) : kLeftUnknown;
  }
  // A share without bytes also counts as missing until the download has ended.
  if (phase != Phase::complete) self.left = std::max<std::int64_t>(1, self.left);
  self.completed = phase == Phase::complete && began_incomplete && self.left == 0;
  self.paused = phase == Phase::complete && self.left > 0;
  return self;
}

void Swarm::Impl::announce(Instant now) {
  discovery.start(config.key, announcement(), now);
}

}  // namespace stp::transfer
