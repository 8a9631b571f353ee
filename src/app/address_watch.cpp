#include "app/address_watch.h"

#include <algorithm>
#include <iterator>
#include <utility>

namespace stp::app {
namespace {

std::set<IpAddress> without(const std::set<IpAddress>& all, const std::set<IpAddress>& some) {
  std::set<IpAddress> rest;
  std::ranges::set_difference(all, some, std::inserter(rest, rest.end()));
  return rest;
}

}  // namespace

void AddressWatch::handle_addresses(std::set<IpAddress> current, Instant now) {
  if (current == current_) return;
  if (!pending()) changed_first_ = now;
  changed_last_ = now;
  seen_.insert(current.begin(), current.end());
  current_ = std::move(current);
}

std::optional<Instant> AddressWatch::next_timeout() const {
  if (!pending()) return std::nullopt;
  const Instant settled = std::min<Instant>(changed_last_ + kSettle, changed_first_ + kSettleMax);
  return reported_at_ ? std::max<Instant>(settled, *reported_at_ + gap_) : settled;
}

std::optional<AddressChange> AddressWatch::poll_change(Instant now) {
  const std::optional<Instant> due = next_timeout();
  if (!due || now < *due) return std::nullopt;
  const bool calm = !reported_at_ || now >= *reported_at_ + kCalm;
  gap_ = calm ? kGapFirst : std::min<Duration>(2 * gap_, kGapMax);
  reported_at_ = now;
  AddressChange change{without(seen_, current_), without(current_, reported_)};
  reported_ = seen_ = current_;
  return change;
}

}  // namespace stp::app
