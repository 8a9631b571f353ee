// One iterative lookup in one address family: whom to ask next, and when it is over. Spec: Kademlia §2.3, BEP 5.
//
//   fresh ──next_to_ask()──▶ in flight ──▶ answered
//                              ├─ on_stalled ─▶ stalled ──▶ answered | failed
//                              │                   └─ on_silent ─▶ silent ──▶ answered | failed
//                              └─ on_failed  ─▶ failed
//   fresh     heard of
//   in flight asked
//   stalled   slower than most: no longer keeps others from being asked
//   silent    slower than nearly all: nothing waits for it any more, may still answer
//   answered  replied
//   failed    gave no (usable) answer
//
// The parallelism α counts only queries ahead of the next candidate, so that good news is followed at once even while
// answers from farther away are outstanding ("aggressive"). The lookup ends when the k closest candidates that are
// neither failed, silent nor stalled have answered, and no stalled one is closer than all of them: of slow nodes only
// the closest is worth waiting for, the others are seven out of eight. With fewer than k alive it waits for all that
// may still answer.
//
// Against hostile answers: a referrer brings at most k contacts, candidates are capped, and with restrict_subnets only
// one of a neighbourhood is taken (the closest that came first; local addresses are exempt).
//
// Invariants (check_invariants()): candidates are sorted by distance to the target, without double ids or endpoints, at
// most kLookupCandidatesMax. It sends nothing itself. Not thread-safe.
#pragma once

#include <optional>
#include <span>
#include <vector>

#include "dht/contact.h"
#include "dht/krpc.h"
#include "dht/limits.h"

namespace stp::dht {

class Lookup {
 public:
  Lookup(NodeId self, NodeId target, bool restrict_subnets);

  /// Nodes to begin with, from our own table: as many as there are.
  void add_known(std::span<const NodeContact> contacts);

  /// The next node to ask; it is in flight from now on. nullopt: wait for answers, or finished().
  [[nodiscard]] std::optional<NodeContact> next_to_ask();

  /// `from` answered with `contacts` (the first kContactsPerReferrer closest count).
  void on_reply(const NodeContact& from, const std::optional<Token>& token, std::span<const NodeContact> contacts);
  void on_stalled(const NodeContact& from);
  void on_silent(const NodeContact& from);
  void on_failed(const NodeContact& from);

  [[nodiscard]] bool finished() const;

  struct Answered {
    NodeContact contact;
    std::optional<Token> token;
  };
  /// The up to k closest nodes that answered; with `with_token`, of those that gave one. Closest first.
  [[nodiscard]] std::vector<Answered> closest_answered(bool with_token) const;

  [[nodiscard]] std::size_t asked() const { return asked_; }
  [[nodiscard]] std::size_t answered() const { return answered_; }
  /// How many steps away from our table the closest node that answered was found; 1: it was in the table.
  [[nodiscard]] unsigned hops() const;

  void check_invariants() const;

 private:
  enum class State : std::uint8_t { fresh, in_flight, stalled, silent, answered, failed };
  struct Candidate {
    NodeContact contact;
    State state = State::fresh;
    std::uint8_t hops = 1;
    std::optional<Token> token;
  };
  [[nodiscard]] Candidate* find(const NodeContact& contact);
  void add(const NodeContact& contact, unsigned hops);

  NodeId self_;
  NodeId target_;
  bool restrict_subnets_;
  std::vector<Candidate> candidates_;
  std::size_t asked_ = 0;
  std::size_t answered_ = 0;
  std::size_t in_flight_ = 0;
};

}  // namespace stp::dht
