// Whether others can connect to us, as far as we can know: who has been connected to from outside can be.
//
// A router or a firewall that lets nobody in shows only in nobody's coming, which may have other reasons. In doubt we
// take ourselves for unreachable: then nobody finds us, and it is for us to find them. The families count apart, since
// many hosts can be reached over IPv6 and not over IPv4; one that we have not been seen to use does not count.
// Connections from local addresses prove nothing. Not thread-safe.
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

  /// Our addresses have changed: what was shown was shown of others.
  void forget() { families_ = {}; }

  /// Whether some who look for us may be unable to connect.
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
