#include "app/pinned_port.h"

namespace stp::app {

discovery::Announcement PinnedPort::pinned(discovery::Announcement self) const {
  if (!port_ || self.port == 0) return self;
  self.port = *port_;
  self.port_v6 = 0;
  return self;
}

void PinnedPort::start(const SwarmKey& key, const discovery::Announcement& self, Instant now) {
  part_.start(key, pinned(self), now);
}

void PinnedPort::update(const SwarmKey& key, const discovery::Announcement& self) {
  part_.update(key, pinned(self));
}

}  // namespace stp::app
