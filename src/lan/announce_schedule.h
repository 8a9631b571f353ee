// AnnounceSchedule: which swarm keys are announced next on the local network, and when.
//
//   start ──▶ at once ──0.5 s──▶ repeat ──1 s──▶ repeat ──5 min──▶ periodic ──5 min──▶ …
//                                                   ▲
//   a newcomer was heard: within 0.1 s ─────────────┘ and one repeat
//
// Of the keys that are due, new ones and answers go first, the latest first: in a participant with thousands of keys
// they do not wait for all the others. Repeats come next, periodic announcements last. A newcomer that hears us within
// half a second anyway needs no answer.
//
// A few keys that are due get a datagram each; more of them share datagrams. All datagrams together are limited
// (LanConfig): 10,000 keys make five datagrams per second for the first minutes, and fewer than two afterwards, because
// keys that shared a datagram are due together again.
//
// Not thread-safe. The config and the Rng must outlive it.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <tuple>
#include <vector>

#include "core/ids.h"
#include "core/pace.h"
#include "core/rng.h"
#include "core/time.h"
#include "lan/config.h"

namespace stp::lan {

class AnnounceSchedule {
 public:
  AnnounceSchedule(const LanConfig& config, Rng& rng) : config_(config), rng_(rng) {}

  /// The key is announced now, and then as above; the same for one that is known already.
  void start(const SwarmKey& key, Instant now);
  /// Somebody who has not heard us yet has announced the key.
  void answer(const SwarmKey& key, Instant now);
  /// We miss peers of the key: it is announced again soon, but not within search_gap of the last time.
  void hurry(const SwarmKey& key, Instant now);
  void stop(const SwarmKey& key);

  /// The keys of the next datagram, at most `most`; empty if none is due or may be sent yet. They count as announced.
  [[nodiscard]] std::vector<SwarmKey> take(std::size_t most, Instant now);
  /// When take() may give something.
  [[nodiscard]] std::optional<Instant> next_timeout() const;

  void check_invariants() const;

 private:
  enum class Rank : std::uint8_t { urgent, repeat, periodic };
  struct Entry {
    explicit Entry(const Pace& pace) : answers(pace) {}
    Rank rank = Rank::urgent;
    Instant due;
    std::size_t repeats_done = 0;  // of config.repeat_gaps
    std::optional<Instant> announced;
    Pace answers;
  };
  /// The order of those that are due: by rank, the urgent ones latest first, the others longest due first.
  using Turn = std::tuple<Rank, std::int64_t, SwarmKey>;
  [[nodiscard]] static Turn turn_of(const SwarmKey& key, const Entry& entry);
  void unqueue(const SwarmKey& key, const Entry& entry);
  void put_off(const SwarmKey& key, Entry& entry, Rank rank, Instant due);
  void wake(Instant now);
  [[nodiscard]] Duration spread(Duration around);
  /// When the next datagram may be sent.
  [[nodiscard]] Instant may_send_at() const {
    return free_at_ - (config_.datagrams_at_once - 1) * config_.datagram_gap;
  }

  const LanConfig& config_;
  Rng& rng_;
  std::map<SwarmKey, Entry> entries_;
  // Each entry is in one of the two.
  std::set<std::pair<Instant, SwarmKey>> waiting_;
  std::set<Turn> ready_;
  Instant free_at_;  // when all datagrams sent so far are paid for, at one per datagram_gap
};

}  // namespace stp::lan
