#include "dht/lookup.h"

#include <algorithm>

#include "dht/node_id.h"

namespace stp::dht {

Lookup::Lookup(NodeId self, NodeId target, bool restrict_subnets, const DhtConfig& config)
    : config_(&config),
      self_(self),
      target_(target),
      secure_(target, restrict_subnets, config),
      insecure_(target, restrict_subnets, config) {}

Shortlist& Lookup::list_of(const NodeContact& contact) {
  return is_secure_id(contact.id, contact.endpoint.address) ? secure_ : insecure_;
}

void Lookup::add(const NodeContact& contact, unsigned hops) {
  if (contact.id == self_ || !contact.endpoint.is_dialable()) return;
  list_of(contact).add(contact, hops);
}

void Lookup::add_known(std::span<const NodeContact> contacts) {
  for (const NodeContact& contact : contacts) add(contact, 1);
}

std::optional<NodeContact> Lookup::next_to_ask(unsigned patience) {
  std::optional<NodeContact> next = secure_.next(patience);
  if (!next && !secure_.progress().complete) next = insecure_.next(patience, secure_.kth_answered());
  if (next) ++asked_;
  return next;
}

void Lookup::on_reply(const NodeContact& from, const std::optional<Token>& token,
                      std::span<const NodeContact> contacts) {
  const std::optional<unsigned> hops = list_of(from).on_reply(from, token);
  if (!hops) return;
  ++answered_;
  if (contacts.size() <= config_->lookups.contacts_per_referrer) {
    for (const NodeContact& contact : contacts) add(contact, *hops + 1);
    return;
  }
  std::vector<NodeContact> sorted(contacts.begin(), contacts.end());
  std::ranges::sort(sorted, [&](const NodeContact& a, const NodeContact& b) { return closer(a.id, b.id, target_); });
  for (std::size_t i = 0; i < config_->lookups.contacts_per_referrer; ++i) add(sorted[i], *hops + 1);
}

bool Lookup::finished() const {
  const Shortlist::Progress secure = secure_.progress();
  if (secure.complete) return insecure_.in_flight() == 0;
  const Shortlist::Progress others = insecure_.progress(secure_.kth_answered());
  return !secure.open && !secure.unheard && !others.open && (others.complete || !others.unheard);
}

std::vector<Lookup::Answered> Lookup::closest_answered(bool with_token) const {
  std::vector<Answered> closest = secure_.closest_answered(with_token);
  const std::vector<Answered> others = insecure_.closest_answered(with_token, secure_.kth_answered());
  closest.insert(closest.end(), others.begin(), others.end());
  std::ranges::sort(closest,
                    [&](const Answered& a, const Answered& b) { return closer(a.contact.id, b.contact.id, target_); });
  return closest;
}

void Lookup::check_invariants() const {
  secure_.check_invariants();
  insecure_.check_invariants();
}

}  // namespace stp::dht
