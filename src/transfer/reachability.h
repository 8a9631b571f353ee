// Whether others can connect to us, as far as we can know: a connection from outside proves that they can.
//
// A router or firewall that lets nobody in shows only because nobody comes, which may have other reasons. In doubt we
// assume that we are unreachable: then nobody finds us, and we have to find them. The families count separately, since
// many hosts can be reached over IPv6 but not over IPv4; a family that we have not used does not count. Connections
// from local addresses prove nothing. Not thread-safe.
#pragma once

#include <array>
#include <optional>

#include "core/endpoint.h"
#include "core/time.h"

namespace stp::transfer {

class Reachability {
 public:
  /// A connection from outside is proof for `reached_for`.
  explicit Reachability(Duration reached_for) : reached_for_(reached_for) {}

  /// Somebody else at `from` has connected to us.
  void on_incoming(const IpAddress& from, Instant now) {
    if (!from.is_local()) of(from) = {true, now};
  }
  /// We have connected to `to`.
  void on_outgoing(const IpAddress& to) {
    if (!to.is_local()) of(to).used = true;
  }

  /// Our addresses have changed: what was proven applied to the old ones.
  void forget() { families_ = {}; }

  /// Whether some peers that look for us may be unable to connect.
  [[nodiscard]] bool in_doubt(Instant now) const {
    bool proven = false;
    for (const Family& family : families_) {
      const bool reached = family.reached && now < *family.reached + reached_for_;
      if (family.used && !reached) return true;
      proven = proven || reached;
    }
    return !proven;
  }

 private:
  struct Family {
    bool used = false;
    std::optional<Instant> reached;  // last
  };
  [[nodiscard]] Family& of(const IpAddress& address) { return families_[address.is_v4() ? 0 : 1]; }

  Duration reached_for_;
  std::array<Family, 2> families_;
};

}  // namespace stp::transfer
