// AddressWatch: which changes of this machine's addresses are worth acting on, and when.
//
// Addresses come and go: another network, a lease that ends, a cable, a tunnel. A connection lives as long as the
// address it was made from, so what matters is which addresses were lost and gained for good. An address that is back
// before anybody acted was never away (TCP survives that), so a change is reported once nothing has changed for
// kSettle, or after kSettleMax in any case. Acting is costly for others (announcements, dials), so an interface that
// flaps for hours is followed ever more slowly: two reports are at least kGapFirst apart, then twice that, … up to
// kGapMax; this starts over when nothing was reported for kCalm.
//
// A core without I/O: its owner reports the current addresses, as often as it likes. Not thread-safe.
#pragma once

#include <optional>
#include <set>

#include "core/endpoint.h"
#include "core/time.h"

namespace stp::app {

/// What has changed since the last report (or since the beginning); at least one of the two is not empty.
struct AddressChange {
  std::set<IpAddress> lost;    // also those that came and went between two reports
  std::set<IpAddress> gained;  // not there at the last report
};

class AddressWatch {
 public:
  static constexpr Duration kSettle = std::chrono::milliseconds(500);
  static constexpr Duration kSettleMax = std::chrono::seconds(3);
  static constexpr Duration kGapFirst = std::chrono::seconds(1);
  static constexpr Duration kGapMax = std::chrono::minutes(1);
  static constexpr Duration kCalm = std::chrono::minutes(5);

  explicit AddressWatch(const std::set<IpAddress>& current) : current_(current), reported_(current), seen_(current) {}

  /// The current addresses are these.
  void handle_addresses(std::set<IpAddress> current, Instant now);
  /// The change to act on; nullopt: none, or not yet.
  [[nodiscard]] std::optional<AddressChange> poll_change(Instant now);
  /// When poll_change() may have a result.
  [[nodiscard]] std::optional<Instant> next_timeout() const;

 private:
  [[nodiscard]] bool pending() const { return current_ != reported_ || seen_ != current_; }

  std::set<IpAddress> current_;
  std::set<IpAddress> reported_;
  std::set<IpAddress> seen_;  // at the last report or at any time since
  Instant changed_first_;     // when the two first differed
  Instant changed_last_;
  std::optional<Instant> reported_at_;
  Duration gap_ = kGapFirst;  // until the next report
};

}  // namespace stp::app
