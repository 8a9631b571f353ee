// One iterative lookup in one address family: whom to ask next, and when it is over. Spec: Kademlia §2.3, BEP 5,
// BEP 42.
//
// Ids that do not fit their address (BEP 42: "insecure") cost nothing: eight of them can stand around any key, and hide
// it from a lookup that ends with the k closest. Many honest nodes have such ids, too, so they are asked, but on a
// shortlist of their own (dht/shortlist.h): nothing that insecure ids do ends or holds up what goes on among the
// secure. Once that is complete no insecure one is asked any more, and those in flight are waited for until they stall.
// With fewer than k alive all are waited for that may still answer. The result has both kinds.
//
// Against hostile answers: a referrer brings at most kContactsPerReferrer contacts.
#pragma once

#include <optional>
#include <span>
#include <vector>

#include "dht/shortlist.h"

namespace stp::dht {

class Lookup {
 public:
  Lookup(NodeId self, NodeId target, bool restrict_subnets);

  /// Nodes to begin with, from our own table: as many as there are.
  void add_known(std::span<const NodeContact> contacts);

  /// The next node to ask; it is in flight from now on. nullopt: wait for answers, or finished().
  [[nodiscard]] std::optional<NodeContact> next_to_ask();

  /// `from` answered with `contacts` (the kContactsPerReferrer closest count).
  void on_reply(const NodeContact& from, const std::optional<Token>& token, std::span<const NodeContact> contacts);
  void on_stalled(const NodeContact& from) { list_of(from).on_stalled(from); }
  void on_silent(const NodeContact& from) { list_of(from).on_silent(from); }
  void on_failed(const NodeContact& from) { list_of(from).on_failed(from); }

  [[nodiscard]] bool finished() const;

  using Answered = Shortlist::Answered;
  /// The up to k closest secure nodes that answered, and up to k others if they are closer than the k-th of these;
  /// with `with_token`, of those that gave one. Closest first.
  [[nodiscard]] std::vector<Answered> closest_answered(bool with_token) const;

  [[nodiscard]] std::size_t asked() const { return asked_; }
  [[nodiscard]] std::size_t answered() const { return answered_; }

  void check_invariants() const;

 private:
  [[nodiscard]] Shortlist& list_of(const NodeContact& contact);
  void add(const NodeContact& contact, unsigned hops);

  NodeId self_;
  NodeId target_;
  Shortlist secure_;
  Shortlist insecure_;
  std::size_t asked_ = 0;
  std::size_t answered_ = 0;
};

}  // namespace stp::dht
