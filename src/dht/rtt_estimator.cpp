#include "dht/rtt_estimator.h"

#include <algorithm>

namespace stp::dht {

void RttEstimator::sample(Duration rtt) {
  const auto us = std::chrono::duration_cast<std::chrono::microseconds>(std::clamp(rtt, Duration(0), config_.timeout));
  recent_us_[count_ % kSamples] = static_cast<std::uint32_t>(us.count());
  ++count_;
  if (count_ < kSamplesMin || count_ % kRecomputeEvery != 0) return;
  auto sorted = recent_us_;
  const std::size_t size = std::min(count_, kSamples);
  const auto rank = sorted.begin() + static_cast<std::ptrdiff_t>(size * 9 / 10);
  std::nth_element(sorted.begin(), rank, sorted.begin() + static_cast<std::ptrdiff_t>(size));
  stall_after_ = std::clamp<Duration>(std::chrono::microseconds(*rank) * 5 / 4, config_.stall_min, config_.stall_max);
}

}  // namespace stp::dht
