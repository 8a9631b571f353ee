// A token bucket for the upload or download of the whole process.
//
// Smooth by being shallow: the bucket holds what flows in kBurst, so that a limited stream moves many times per second
// instead of in one leap. Spending may overdraw (a transfer is charged when its size is known); the debt is paid off
// before anything is granted again, so the long-run rate is exact. All int64.
//
// A core: time enters as `now`. Not thread-safe.
#pragma once

#include <cstdint>

#include "core/time.h"

namespace stp::net {

class TokenBucket {
 public:
  static constexpr Duration kBurst = std::chrono::milliseconds(50);
  /// Less than this fraction of the full bucket is not worth a wake-up.
  static constexpr std::int64_t kGrantsPerBurst = 4;

  /// bytes_per_second <= 0: no limit.
  explicit TokenBucket(std::int64_t bytes_per_second) : rate_(bytes_per_second < 0 ? 0 : bytes_per_second) {}

  /// From now on; a debt stays.
  void set_rate(std::int64_t bytes_per_second, Instant now);
  [[nodiscard]] bool unlimited() const { return rate_ == 0; }
  /// Bytes that may move now; 0 if it is not worth moving any yet.
  [[nodiscard]] std::int64_t available(Instant now);
  /// `bytes` have moved.
  void spend(std::int64_t bytes);
  /// When available() will be positive again; `now` if it already is.
  [[nodiscard]] Instant ready_at(Instant now);

 private:
  void refill(Instant now);
  [[nodiscard]] std::int64_t depth() const;      // bytes that the full bucket holds
  [[nodiscard]] std::int64_t grant_min() const;  // the smallest grant

  std::int64_t rate_;        // bytes per second; 0: no limit
  std::int64_t tokens_ = 0;  // bytes; negative: overdrawn
  Instant filled_;           // when the bucket was last brought up to date
  bool started_ = false;
};

}  // namespace stp::net
