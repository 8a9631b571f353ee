// How many queries one source may have answered: one token bucket per address (/64 for IPv6).
//
// Local addresses are exempt: on one host a whole cluster shares 127.0.0.1, and limiters that did not know this have
// killed such clusters elsewhere. The buckets are in a fixed table of sets of four; when a set is full, the least
// recently used bucket is given up, so a flood of forged sources costs no memory. Not thread-safe.
#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "core/endpoint.h"
#include "core/rng.h"
#include "core/time.h"
#include "dht/config.h"
#include "dht/limits.h"

namespace stp::dht {

class SourceLimiter {
 public:
  /// `config` must outlive it.
  SourceLimiter(const SourceConfig& config, Rng& rng);

  /// Takes one query's worth from the source's bucket; false when it is empty.
  [[nodiscard]] bool allow(const IpAddress& source, Instant now);

 private:
  static constexpr std::size_t kWays = 4;
  static_assert(kSourceSlots % kWays == 0);
  struct Slot {
    std::uint64_t source = 0;  // keyed hash of the address; 0: free
    Instant last;
    double tokens = 0;
  };
  [[nodiscard]] std::uint64_t hash(const IpAddress& source) const;

  const SourceConfig& config_;
  std::uint64_t key_;        // so that nobody can aim at another's set
  std::vector<Slot> slots_;  // allocated for the first stranger: local clusters need none
};

}  // namespace stp::dht
