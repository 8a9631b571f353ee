// Pace: how often something may be done on average, with a burst at the start. A core: time enters as `now`.
#pragma once

#include <algorithm>

#include "core/time.h"

namespace stp {

class Pace {
 public:
  /// `burst` of it may be done at once after a pause. `per_second` 0: no more than the burst, ever.
  Pace(double per_second, double burst) : rate_(per_second), burst_(burst), saved_(burst) {}

  /// Whether it may be done now. What is done may cost more than was left: the debt is paid off first.
  [[nodiscard]] bool ready(Instant now) {
    refill(now);
    return saved_ >= 1;
  }
  /// How long it takes until `cost` has been earned.
  [[nodiscard]] Duration time_for(double cost) const {
    constexpr double kLongest = 1e9;  // seconds
    return Duration(static_cast<Duration::rep>((cost < kLongest * rate_ ? cost / rate_ : kLongest) * 1e9));
  }
  void spend(double cost) { saved_ -= cost; }
  /// When ready() will hold if nothing is spent until then.
  [[nodiscard]] Instant ready_at(Instant now) {
    if (ready(now)) return now;
    if (rate_ <= 0) return kNever;
    return now + Duration(static_cast<Duration::rep>((1 - saved_) / rate_ * 1e9) + 1);
  }

 private:
  void refill(Instant now) {
    if (now > filled_) saved_ = std::min(burst_, saved_ + seconds_of(now - filled_) * rate_);
    filled_ = std::max(filled_, now);
  }

  double rate_;
  double burst_;
  double saved_;
  Instant filled_;
};

}  // namespace stp
