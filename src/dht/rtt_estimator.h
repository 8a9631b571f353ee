// How long a query may take before it is worth asking somebody else: a high percentile of recent round trips.
//
// Replies are sampled until a query is given up, long after it stopped blocking its lookup, so slow ones stay in the
// sample. Compare mldht's timeouts between p10 and p90. Not thread-safe.
#pragma once

#include <array>

#include "core/time.h"
#include "dht/config.h"

namespace stp::dht {

class RttEstimator {
 public:
  /// `config` must outlive it.
  explicit RttEstimator(const QueryConfig& config) : config_(config), stall_after_(config.stall_initial) {}

  void sample(Duration rtt);
  /// 1.25 × the 90th percentile of the last kSamples, between queries.stall_min and queries.stall_max; queries.stall_initial before
  /// kSamplesMin.
  [[nodiscard]] Duration stall_after() const { return stall_after_; }

 private:
  static constexpr std::size_t kSamples = 128;
  static constexpr std::size_t kSamplesMin = 8;
  static constexpr std::size_t kRecomputeEvery = 8;
  const QueryConfig& config_;
  std::array<std::uint32_t, kSamples> recent_us_{};
  std::size_t count_ = 0;  // ever
  Duration stall_after_;
};

}  // namespace stp::dht
