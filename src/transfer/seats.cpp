#include "transfer/seats.h"

#include <algorithm>
#include <map>
#include <tuple>

namespace stp::transfer {
namespace {

/// Which of two peers that may leave goes first.
bool leaves_before(const Seat& a, const Seat& b) {
  return std::tie(a.standing, a.rate, a.since, a.peer) < std::tie(b.standing, b.rate, b.since, b.peer);
}

template <class MayLeave>
const Seat* first_to_leave(std::span<const Seat> taken, MayLeave may_leave) {
  const Seat* first = nullptr;
  for (const Seat& seat : taken) {
    if (may_leave(seat) && (first == nullptr || leaves_before(seat, *first))) first = &seat;
  }
  return first;
}

const Seat* crowding(std::span<const Seat> taken, const IpAddress& newcomer) {
  std::map<IpAddress, std::uint32_t> held;
  for (const Seat& seat : taken) ++held[seat.origin];
  std::uint32_t most = 0;
  for (const auto& [origin, seats] : held) most = std::max(most, seats);
  const auto own = held.find(newcomer);
  if (most < (own == held.end() ? 0 : own->second) + 2) return nullptr;
  return first_to_leave(
      taken, [&](const Seat& seat) { return held.at(seat.origin) == most && seat.standing < Standing::served; });
}

}  // namespace

const Seat* Seats::end_of_turn(std::span<const Seat> taken, Instant now) const {
  const auto stayed = [&](Standing standing, Duration at_least) {
    return first_to_leave(taken,
                          [&](const Seat& seat) { return seat.standing == standing && now >= seat.since + at_least; });
  };
  // As fast as turns pass and no faster: otherwise newcomers would always come before those already in.
  const auto waiting = std::ranges::count(taken, Standing::waiting, &Seat::standing);
  if (waiting >= std::ptrdiff_t{config_.waiting_max}) return stayed(Standing::waiting, config_.waited_stay);
  if (const Seat* const seat = stayed(Standing::had_turn, config_.stay_min)) return seat;
  double sum = 0;
  std::uint32_t served = 0;
  for (const Seat& seat : taken) {
    if (seat.standing != Standing::served) continue;
    sum += seat.rate;
    ++served;
  }
  const Seat* const slowest = first_to_leave(taken, [&](const Seat& seat) {
    return seat.standing == Standing::served && now >= seat.since + config_.served_stay && seat.rate * served <= sum;
  });
  return slowest;
}

bool Seats::is_next(const IpAddress& origin, Instant now) {
  std::erase_if(waiting_, [&](const auto& entry) { return now >= entry.second.came_last + config_.comes_back; });
  Instant since = now;
  if (const auto known = waiting_.find(origin); known != waiting_.end()) {
    since = known->second.since;
    known->second.came_last = now;
  } else if (waiting_.size() < config_.remembered_max) {
    waiting_.emplace(origin, Waiting{now, now});
  }
  const auto ahead = std::ranges::count_if(waiting_, [&](const auto& entry) { return entry.second.since < since; });
  return ahead <= std::ptrdiff_t{config_.ahead_max};
}

std::optional<PeerHandle> Seats::give_up(std::span<const Seat> taken, const IpAddress& origin, Instant now) {
  if (const Seat* const seat = crowding(taken, origin)) return seat->peer;
  if (const Seat* const seat = first_to_leave(taken, [](const Seat& s) { return s.standing == Standing::idle; })) {
    return seat->peer;
  }
  if (!is_next(origin, now) || now < next_turnover_) return std::nullopt;
  const Seat* const seat = end_of_turn(taken, now);
  if (seat == nullptr) return std::nullopt;
  next_turnover_ = now + config_.turnover_pause;
  waiting_.erase(origin);
  return seat->peer;
}

}  // namespace stp::transfer
