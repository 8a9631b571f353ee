#include "net/rate_gate.h"

#include <algorithm>
#include <utility>

#include "net/clock.h"

namespace stp::net {

std::size_t RateGate::grant(std::size_t wanted) {
  if (bucket_.unlimited()) return wanted;
  if (turns_left_ == 0 && !waiting_.empty()) return 0;
  const std::int64_t available = bucket_.available(steady_now());
  if (available <= 0) return 0;
  const std::int64_t share =
      std::max<std::int64_t>(1, available / static_cast<std::int64_t>(std::max<std::size_t>(1, turns_left_)));
  return static_cast<std::size_t>(std::min<std::int64_t>(static_cast<std::int64_t>(wanted), share));
}

void RateGate::wait(std::function<void()> resume) {
  waiting_.push_back(std::move(resume));
  arm();
}

void RateGate::stop() {
  waiting_.clear();
  timer_.cancel();
}

void RateGate::arm() {
  if (armed_ || waiting_.empty()) return;
  armed_ = true;
  timer_.expires_at(to_steady(bucket_.ready_at(steady_now())));
  timer_.async_wait([this](const boost::system::error_code& error) {
    if (error) return;  // stopped, perhaps destroyed
    armed_ = false;
    wake();
  });
}

void RateGate::wake() {
  // A caller that waits again during this round comes after everybody of this round.
  std::deque<std::function<void()>> round = std::exchange(waiting_, {});
  turns_left_ = round.size();
  while (!round.empty() && bucket_.available(steady_now()) > 0) {
    const std::function<void()> resume = std::move(round.front());
    round.pop_front();
    resume();
    --turns_left_;
  }
  turns_left_ = 0;
  waiting_.insert(waiting_.begin(), std::make_move_iterator(round.begin()), std::make_move_iterator(round.end()));
  arm();
}

}  // namespace stp::net
