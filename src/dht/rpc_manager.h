// Our queries on their way: transaction ids, matching of answers, and when each is late.
//
//   asked ──answer───────────────────────────────────▶ gone (RTT sampled)
//     └─ stall_after() ─▶ late ──answer──────────────▶ gone (RTT sampled)
//          ▲               │  └─ queries.timeout after it was last asked ─▶ given up
//          └─ ask_again() ─┘
//
// A late query no longer blocks others; its answer is welcome until it is given up. A repeated query has a new
// transaction id, so it is known which datagram was answered: round trips are measured correctly, and a slow answer is
// distinguished from a lost one.
//
// Invariants (check_invariants()):
//   1. at most queries.outstanding_max queries are out, each asked at most queries.asks_max times, each time with a
//      different id;
//   2. each has exactly one deadline, and none is due before it was sent;
//   3. an answer is accepted only with the id *and* from the full endpoint of its query (BEP 5 trusts the id alone).
// Not thread-safe.
#pragma once

#include <map>
#include <optional>
#include <set>
#include <vector>

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

/// What a query is for, so that its result reaches its origin.
enum class Purpose : std::uint8_t { probe, bootstrap, lookup, announce, introduction };

struct PendingQuery {
  Endpoint to;
  std::optional<NodeId> expected;  // the id it is known by; nullopt for a mere address
  Purpose purpose = Purpose::probe;
  LookupId lookup;  // for Purpose::lookup and announce
  Query query;      // for asking again
};

class RpcManager {
 public:
  /// `rng` is used only here; `config` must outlive it.
  RpcManager(const QueryConfig& config, Rng& rng);

  [[nodiscard]] bool full() const { return pending_.size() >= config_.outstanding_max; }
  [[nodiscard]] std::size_t outstanding() const { return pending_.size(); }
  [[nodiscard]] Duration stall_after() const { return rtt_.stall_after(); }

  /// Names a pending query; never used twice.
  using QueryId = std::uint64_t;

  struct Started {
    QueryId id = 0;
    TransactionId transaction;
  };
  /// Registers a query sent now; not when full().
  [[nodiscard]] Started start(PendingQuery query, Instant now);
  /// Registers that a pending query is sent again. nullopt if it has ended, or was asked queries.asks_max times.
  [[nodiscard]] std::optional<TransactionId> ask_again(QueryId id, Instant now);
  /// A pending query; nullptr if it has ended.
  [[nodiscard]] const PendingQuery* find(QueryId id) const;

  struct Answered {
    PendingQuery query;
    Duration rtt{};
    unsigned lost = 0;  // earlier asks that were not answered
  };
  /// The query that an answer with `transaction` from `from` belongs to; it is no longer pending.
  [[nodiscard]] std::optional<Answered> take(const TransactionId& transaction, const Endpoint& from, Instant now);

  struct Overdue {
    QueryId id = 0;
    PendingQuery query;
    unsigned asks = 0;      // times it was asked
    bool given_up = false;  // it is no longer pending; otherwise it is late
  };
  /// The next query whose deadline has passed; nullopt when there is none (left).
  [[nodiscard]] std::optional<Overdue> poll_overdue(Instant now);
  [[nodiscard]] std::optional<Instant> next_deadline() const;

  void check_invariants() const;

 private:
  using Tag = std::uint16_t;
  struct Ask {
    Tag tag;
    Instant at;
  };
  struct Entry {
    PendingQuery query;
    std::vector<Ask> asks;  // oldest first
    Instant deadline;
    bool late = false;
  };
  [[nodiscard]] Tag fresh_tag();
  [[nodiscard]] TransactionId ask(QueryId id, Entry& entry, Instant now);
  void erase(std::map<QueryId, Entry>::iterator entry);

  const QueryConfig& config_;
  KeyedHash tag_hash_;
  std::uint64_t tag_counter_ = 0;
  RttEstimator rtt_;
  QueryId last_id_ = 0;
  std::map<QueryId, Entry> pending_;
  std::map<Tag, QueryId> tags_;
  std::set<std::pair<Instant, QueryId>> deadlines_;
};

}  // namespace stp::dht
