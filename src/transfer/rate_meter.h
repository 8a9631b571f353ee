// Bytes per second over the last seconds, stored as whole numbers, so every machine measures the same.
//
// A ring of one-second buckets, allocated with the first byte: most connections in a large swarm never carry data. Not
// thread-safe; `now` never decreases.
#pragma once

#include <array>
#include <cstdint>
#include <memory>

#include "core/time.h"

namespace stp::transfer {

class RateMeter {
 public:
  static constexpr std::int64_t kBuckets = 20;

  void add(std::int64_t bytes, Instant now) {
    advance(now);
    bucket(second_) += bytes;
    total_ += bytes;
  }

  /// Mean over the last `seconds` (at most kBuckets), or since the first add() when that is shorter.
  [[nodiscard]] double rate(Instant now, std::int64_t seconds) const {
    if (!buckets_) return 0;
    const double age = seconds_of(now - first_) + 0.05;
    // The current bucket is not over yet.
    const double window = static_cast<double>(seconds - 1 - second_of(now)) + seconds_of(now.time_since_epoch());
    return static_cast<double>(sum(now, seconds)) / (age < window ? age : (window > 0.05 ? window : 0.05));
  }
  /// The same, but over all these seconds even if the first add() was later: a burst into empty buffers is not a rate.
  [[nodiscard]] double sustained_rate(Instant now, std::int64_t seconds) const {
    return buckets_ ? static_cast<double>(sum(now, seconds)) / static_cast<double>(seconds) : 0;
  }

  [[nodiscard]] std::int64_t total() const { return total_; }

 private:
  static std::int64_t second_of(Instant now) {
    return std::chrono::duration_cast<std::chrono::seconds>(now.time_since_epoch()).count();
  }
  [[nodiscard]] std::int64_t sum(Instant now, std::int64_t seconds) const {
    const std::int64_t current = second_of(now);
    std::int64_t bytes = 0;
    for (std::int64_t s = current; s > current - seconds && s >= 0; --s) {
      if (s <= second_ && s > second_ - kBuckets) bytes += bucket(s);
    }
    return bytes;
  }
  void advance(Instant now) {
    const std::int64_t second = second_of(now);
    if (!buckets_) {
      buckets_ = std::make_unique<Buckets>();
      first_ = now;
      second_ = second;
    }
    if (second - second_ >= kBuckets) buckets_->fill(0);
    for (; second_ < second; ++second_) {
      if (second - second_ > kBuckets) second_ = second - kBuckets;
      bucket(second_ + 1) = 0;
    }
  }

  using Buckets = std::array<std::int64_t, kBuckets>;
  [[nodiscard]] std::int64_t& bucket(std::int64_t second) const {
    return (*buckets_)[static_cast<std::size_t>(second % kBuckets)];
  }

  std::unique_ptr<Buckets> buckets_;
  std::int64_t second_ = 0;
  std::int64_t total_ = 0;
  Instant first_;
};

}  // namespace stp::transfer
