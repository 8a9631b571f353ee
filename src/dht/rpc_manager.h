// Our queries on their way: transaction ids, matching of answers, and three timeouts for each.
//
//   sent ──answer──────────────────────────▶ gone (RTT sampled)
//     └─ stall_after() ─▶ stalled ──answer─▶ gone (RTT sampled)
//                            └─ kSilenceFactor × stall_after() after sending ─▶ silent ──answer─▶ gone (RTT sampled)
//                                          kQueryTimeout after sending: given up ◀─┘
//
// A stalled query no longer counts against its lookup's parallelism, a silent one no longer delays its end; the answer
// is welcome until it is given up.
//
// Invariants (check_invariants()):
//   1. at most kOutstandingMax queries are out, each under its own id;
//   2. each has exactly one deadline, and none is due before it was sent;
//   3. an answer is taken only with the id *and* from the full endpoint of its query (BEP 5 trusts the id alone).
// Not thread-safe.
#pragma once

#include <map>
#include <optional>
#include <set>

#include "core/endpoint.h"
#include "core/rng.h"
#include "core/time.h"
#include "dht/keyed_hash.h"
#include "dht/krpc.h"
#include "dht/rtt_estimator.h"

namespace stp::dht {

/// Names a lookup of a Node; never used twice by one.
struct LookupId {
  std::uint64_t value = 0;
  auto operator<=>(const LookupId&) const = default;
};

/// What a query is for, so that its end reaches who asked.
enum class Purpose : std::uint8_t { probe, bootstrap, lookup, announce };

struct PendingQuery {
  Endpoint to;
  std::optional<NodeId> expected;  // the id it is known by; nullopt for a bootstrap address
  Purpose purpose = Purpose::probe;
  LookupId lookup;  // of Purpose::lookup and announce
  Instant sent;
};

class RpcManager {
 public:
  /// `rng` is used here only.
  explicit RpcManager(Rng& rng);

  [[nodiscard]] bool full() const { return pending_.size() >= kOutstandingMax; }
  [[nodiscard]] std::size_t outstanding() const { return pending_.size(); }
  [[nodiscard]] Duration stall_after() const { return rtt_.stall_after(); }

  /// Registers a query that leaves now; not when full().
  [[nodiscard]] TransactionId start(const PendingQuery& query);

  struct Answered {
    PendingQuery query;
    Duration rtt{};
  };
  /// The query that an answer with `transaction` from `from` belongs to; it is no longer pending.
  [[nodiscard]] std::optional<Answered> take(const TransactionId& transaction, const Endpoint& from, Instant now);

  enum class Lateness : std::uint8_t { none, stalled, silent, given_up };
  struct Overdue {
    PendingQuery query;
    Lateness lateness = Lateness::none;  // what it is from now on; only one given up is no longer pending
  };
  /// The next query whose deadline has passed; nullopt when there is none (left).
  [[nodiscard]] std::optional<Overdue> poll_overdue(Instant now);
  [[nodiscard]] std::optional<Instant> next_deadline() const;

  void check_invariants() const;

 private:
  struct Entry {
    PendingQuery query;
    Instant deadline;        // of the next lateness
    Duration stall_after{};  // as it was when it was sent
    Lateness lateness = Lateness::none;
  };
  using Tag = std::uint16_t;
  [[nodiscard]] Tag fresh_tag();

  KeyedHash tags_;
  std::uint64_t tag_counter_ = 0;
  RttEstimator rtt_;
  std::map<Tag, Entry> pending_;
  std::set<std::pair<Instant, Tag>> deadlines_;
};

}  // namespace stp::dht
