// Which address the world sees us under: the `ip` of replies, voted on (BEP 42).
//
// One voter is one address, and only its latest vote counts, so a single host can't outvote others. Of
// external_address.voters_max recent voters at least external_address.votes_needed and more than half must agree. Not
// thread-safe.
#pragma once

#include <array>
#include <optional>
#include <vector>

#include "core/endpoint.h"
#include "dht/config.h"
#include "dht/contact.h"

namespace stp::dht {

class ExternalAddress {
 public:
  /// `config` must outlive it.
  explicit ExternalAddress(const ExternalAddressConfig& config) : config_(config) {}

  /// A reply from `voter` said that it sees us at `seen`.
  void vote(const IpAddress& voter, const IpAddress& seen);

  /// Our addresses have changed: earlier votes mean nothing.
  void forget() { votes_ = {}; }

  /// What the voters of `family` agree on.
  [[nodiscard]] std::optional<IpAddress> agreed(Family family) const;

  /// Where `voter` itself sees us, else what its family agrees on, else the family's latest vote.
  [[nodiscard]] std::optional<IpAddress> seen_by(const IpAddress& voter) const;

  /// Whether some recent voter sees us at `address`.
  [[nodiscard]] bool is_ours(const IpAddress& address) const;

 private:
  struct Vote {
    IpAddress voter;
    IpAddress seen;
  };
  const ExternalAddressConfig& config_;
  std::array<std::vector<Vote>, kFamilies.size()> votes_;  // oldest first
};

}  // namespace stp::dht
