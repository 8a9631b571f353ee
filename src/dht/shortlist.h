// The shortlist of a lookup (dht/lookup.h): the closest nodes heard of so far, which of them to ask next, and whether
// everything that counts has been heard. Spec: Kademlia §2.3.
//
//   fresh ──next()──▶ in flight ──on_late()──▶ late ──next()──▶ in flight, or tried
//                                              │ all asks used: silent
//   any of them but fresh ──▶ answered | failed
//   fresh     heard of
//   in flight asked, and waited for
//   late      its answer is late; if it is among the k closest it is asked again
//   tried     asked again although probably dead: waited for only while nobody closer has answered
//   silent    asked as often as is worthwhile: nothing waits for it, though it may still answer
//   answered  replied
//   failed    gave no (usable) answer
//
// Each of the k closest is asked again before it is given up, `patience` times in all and at least
// queries.asks_of_the_close. Patience is how many asks it takes for nearly every live node to answer
// (dht/loss_estimator.h): 1 on a network without loss, where silent nodes are dead. Up to that it is waited for like
// any other; a further ask is only on the chance and delays nothing.
//
// The parallelism α counts only first asks ahead of the next candidate, so good news is followed at once even while
// answers from farther away are outstanding ("aggressive"). It is complete when the k closest candidates that are
// neither failed, silent, late nor tried have answered, and no late or tried one is closer than all of them: of nodes
// that are probably dead, only the closest is worth waiting for, the others are seven out of eight.
//
// Against hostile answers: candidates are capped, and with restrict_subnets only one per neighbourhood is taken (the
// first; local addresses are exempt).
//
// Invariants (check_invariants()): candidates are sorted by distance to the target, without duplicate ids or endpoints,
// at most lookups.candidates_max. It sends nothing itself. Not thread-safe.
#pragma once

#include <optional>
#include <vector>

#include "dht/config.h"
#include "dht/contact.h"
#include "dht/krpc.h"

namespace stp::dht {

class Shortlist {
 public:
  /// `config` must outlive it.
  Shortlist(NodeId target, bool restrict_subnets, const DhtConfig& config)
      : config_(&config), target_(target), restrict_subnets_(restrict_subnets) {}

  /// Only candidates closer than this id count; nullopt: all of them.
  using Bound = std::optional<NodeId>;

  /// Adds `contact`, `hops` steps away from our table (1: it is in the table).
  void add(const NodeContact& contact, unsigned hops);

  /// The next node to ask, for the first time or again; it counts as asked from now on.
  [[nodiscard]] std::optional<NodeContact> next(unsigned patience, const Bound& bound = {});

  /// How many hops away `from` is; nullopt if it was not asked, or has already answered.
  std::optional<unsigned> on_reply(const NodeContact& from, const std::optional<Token>& token);
  /// The answer to the latest ask is late.
  void on_late(const NodeContact& from, unsigned patience);
  void on_failed(const NodeContact& from);

  struct Progress {
    bool open = false;         // there are nodes to ask or wait for
    bool unheard = false;      // some that have not answered still may
    std::size_t answered = 0;  // of the k closest, while nothing closer is open
    bool complete = false;     // k have answered
  };
  [[nodiscard]] Progress progress(const Bound& bound = {}) const;

  struct Answered {
    NodeContact contact;
    std::optional<Token> token;
    unsigned hops = 1;  // steps away from our table at which it was found; 1: in the table
  };
  /// The up to k closest that answered; with `with_token`, only those that gave one. Closest first.
  [[nodiscard]] std::vector<Answered> closest_answered(bool with_token, const Bound& bound = {}) const;
  /// Whether it is one of the k closest not given up, which are asked again.
  [[nodiscard]] bool is_close(const NodeContact& contact) const;
  /// The id of the k-th closest that answered, if there are k.
  [[nodiscard]] Bound kth_answered() const;

  [[nodiscard]] std::size_t in_flight() const { return in_flight_; }
  void check_invariants() const;

 private:
  enum class State : std::uint8_t { fresh, in_flight, late, tried, silent, answered, failed };
  struct Candidate {
    NodeContact contact;
    State state = State::fresh;
    std::uint8_t hops = 1;
    std::uint8_t asks = 0;
    std::optional<Token> token;
    [[nodiscard]] bool given_up() const { return state == State::silent || state == State::failed; }
  };
  [[nodiscard]] Candidate* find(const NodeContact& contact);
  [[nodiscard]] bool within(const Candidate& candidate, const Bound& bound) const;

  const DhtConfig* config_;
  NodeId target_;
  bool restrict_subnets_;
  std::vector<Candidate> candidates_;
  std::size_t in_flight_ = 0;
};

}  // namespace stp::dht
