// One iterative lookup in one address family: whom to ask next, and when it is over. Spec: Kademlia §2.3, BEP 5,
// BEP 42.
//
// Ids that do not fit their address (BEP 42: "insecure") cost nothing: eight of them can surround any key and hide it
// from a lookup that ends with the k closest. Many honest nodes also have such ids, so they are asked, but on a
// separate shortlist (dht/shortlist.h): nothing that insecure ids do ends or delays the search among the secure ones.
// Once that is complete, no more insecure ones are asked, and those in flight are waited for until they stall. With
// fewer than k alive, all that may still answer are waited for. The result has both kinds.
//
// Against hostile answers: a referrer brings at most lookups.contacts_per_referrer contacts.
#pragma once

#include <optional>
#include <span>
#include <vector>

#include "dht/shortlist.h"

namespace stp::dht {

class Lookup {
 public:
  /// `config` must outlive it.
  Lookup(NodeId self, NodeId target, bool restrict_subnets, const DhtConfig& config);

  /// Nodes to begin with, from our own table, any number.
  void add_known(std::span<const NodeContact> contacts);

  /// The next node to ask, for the first time or again (see Shortlist); it counts as asked from now on. nullopt: wait
  /// for answers, or finished(). `patience`: how many asks it takes for nearly every live node to answer.
  [[nodiscard]] std::optional<NodeContact> next_to_ask(unsigned patience);

  /// `from` answered with `contacts` (the lookups.contacts_per_referrer closest count).
  void on_reply(const NodeContact& from, const std::optional<Token>& token, std::span<const NodeContact> contacts);
  void on_late(const NodeContact& from, unsigned patience) { list_of(from).on_late(from, patience); }
  void on_failed(const NodeContact& from) { list_of(from).on_failed(from); }

  [[nodiscard]] bool finished() const;
  /// Whether `contact` is close enough to be asked again if it does not answer.
  [[nodiscard]] bool is_close(const NodeContact& contact) const {
    return secure_.is_close(contact) || insecure_.is_close(contact);
  }

  using Answered = Shortlist::Answered;
  /// The up to k closest secure nodes that answered, and up to k others if they are closer than the k-th of these; with
  /// `with_token`, only those that gave one. Closest first.
  [[nodiscard]] std::vector<Answered> closest_answered(bool with_token) const;

  [[nodiscard]] std::size_t asked() const { return asked_; }  // queries, including repeated ones
  [[nodiscard]] std::size_t answered() const { return answered_; }

  void check_invariants() const;

 private:
  [[nodiscard]] Shortlist& list_of(const NodeContact& contact);
  void add(const NodeContact& contact, unsigned hops);

  const DhtConfig* config_;
  NodeId self_;
  NodeId target_;
  Shortlist secure_;
  Shortlist insecure_;
  std::size_t asked_ = 0;
  std::size_t answered_ = 0;
};

}  // namespace stp::dht
