#include "net/token_bucket.h"

#include <algorithm>
#include <limits>

namespace stp::net {
namespace {

constexpr std::int64_t kNanosPerSecond = 1'000'000'000;

/// bytes · 10⁹ / rate without overflow, rounded up, in nanoseconds.
Duration time_for(std::int64_t bytes, std::int64_t rate) {
  const std::int64_t whole = bytes / rate;
  const std::int64_t rest = bytes % rate;
  const double part = static_cast<double>(rest) / static_cast<double>(rate) * static_cast<double>(kNanosPerSecond);
  return std::chrono::seconds(whole) + Duration(static_cast<std::int64_t>(part) + 1);
}

}  // namespace

std::int64_t TokenBucket::depth() const {
  constexpr std::int64_t kBurstsPerSecond = std::chrono::seconds(1) / kBurst;
  return std::max<std::int64_t>(1, rate_ / kBurstsPerSecond);
}

std::int64_t TokenBucket::grant_min() const {
  return std::max<std::int64_t>(1, depth() / kGrantsPerBurst);
}

void TokenBucket::refill(Instant now) {
  if (!started_) {
    started_ = true;
    filled_ = now;
    tokens_ = depth();
    return;
  }
  const std::int64_t missing = depth() - tokens_;
  const Duration full_after = time_for(missing, rate_);
  if (now - filled_ >= full_after) {
    tokens_ = depth();
    filled_ = now;
    return;
  }
  const double earned = seconds_of(now - filled_) * static_cast<double>(rate_);
  const auto whole = static_cast<std::int64_t>(earned);
  if (whole == 0) return;
  tokens_ += whole;
  // Only the time for whole bytes has been used up; the fraction is kept for the next time.
  filled_ += Duration(static_cast<std::int64_t>(static_cast<double>(whole) / static_cast<double>(rate_) *
                                                static_cast<double>(kNanosPerSecond)));
}

void TokenBucket::set_rate(std::int64_t bytes_per_second, Instant now) {
  if (unlimited()) {
    started_ = false;  // nothing was counted
  } else {
    refill(now);
  }
  rate_ = std::max<std::int64_t>(bytes_per_second, 0);
  if (started_ && !unlimited()) tokens_ = std::min(tokens_, depth());
}

std::int64_t TokenBucket::available(Instant now) {
  if (unlimited()) return std::numeric_limits<std::int64_t>::max();
  refill(now);
  return tokens_ >= grant_min() ? tokens_ : 0;
}

void TokenBucket::spend(std::int64_t bytes) {
  if (!unlimited()) tokens_ -= bytes;
}

Instant TokenBucket::ready_at(Instant now) {
  if (available(now) > 0) return now;
  return std::max(now, filled_ + time_for(grant_min() - tokens_, rate_));
}

}  // namespace stp::net
