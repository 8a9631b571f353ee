#include "net/rate_gate.h"

#include <algorithm>
#include <utility>

#include "net/clock.h"

namespace stp::net {

std::size_t RateGate::grant(std::size_t wanted) {
  if (bucket_.unlimited()) return wanted;
  if (turn_left_ == 0 && !groups_.empty()) return 0;
  std::int64_t available = bucket_.available(steady_now());
  if (turn_left_ > 0) available = std::min(available, turn_left_);
  return static_cast<std::size_t>(std::min(static_cast<std::int64_t>(wanted), available));
}

void RateGate::spend(std::size_t bytes) {
  const auto moved = static_cast<std::int64_t>(bytes);
  bucket_.spend(moved);
  turn_left_ -= std::min(moved, turn_left_);
}

void RateGate::wait(std::uint32_t group, std::function<void()> resume) {
  const auto found = std::ranges::find(groups_, group, &Group::id);
  Group& waiting = found == groups_.end() ? groups_.emplace_back(Group{group, {}}) : *found;
  waiting.waiting.push_back(std::move(resume));
  arm();
}

void RateGate::set_rate(std::int64_t bytes_per_second) {
  bucket_.set_rate(bytes_per_second, steady_now());
  if (!std::exchange(armed_, false)) return;
  timer_.cancel();
  arm();
}

void RateGate::stop() {
  groups_.clear();
  timer_.cancel();
}

void RateGate::arm() {
  if (armed_ || groups_.empty()) return;
  armed_ = true;
  timer_.expires_at(to_steady(bucket_.ready_at(steady_now())));
  timer_.async_wait([this](const boost::system::error_code& error) {
    if (error) return;  // stopped, perhaps destroyed
    armed_ = false;
    wake();
  });
}

void RateGate::wake() {
  std::size_t turns = 0;
  for (const Group& group : groups_) turns += group.waiting.size();
  const std::int64_t available = bucket_.available(steady_now());
  const std::int64_t turn =
      std::max(available / std::max<std::int64_t>(1, std::ssize(groups_)), std::min(available, kTurnBytesMin));
  for (; turns > 0 && bucket_.available(steady_now()) > 0; --turns) {
    turn_left_ = turn;
    Group group = std::move(groups_.front());
    groups_.pop_front();
    const std::function<void()> resume = std::move(group.waiting.front());
    group.waiting.pop_front();
    if (!group.waiting.empty()) groups_.push_back(std::move(group));
    resume();  // which may wait again, behind everybody else of its group
  }
  turn_left_ = 0;
  arm();
}

}  // namespace stp::net
