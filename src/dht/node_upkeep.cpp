// What a Node does on its own: joining, probing, refreshing, and taking an id that fits its address.
#include <algorithm>

#include "dht/node.h"

namespace stp::dht {

void Node::bootstrap_if_due(Instant now) {
  if (!bootstrap_.due(now)) return;
  if (config_.tracer.on(trace::Level::debug)) {
    config_.tracer.write(trace::Level::debug, now, "bootstrap", {{"nodes", nodes()}});
  }
  for (const Endpoint& endpoint : bootstrap_.begin_round(now)) {
    Query query;
    query.method = Method::find_node;
    query.target = table_for(endpoint).self();
    if (send_query(endpoint, std::nullopt, Purpose::bootstrap, {}, query, now)) ++bootstrap_pending_;
  }
  // With a few nodes in the table the round is also a reason to look around again.
  if (nodes() > 0 && nodes() < policy_.table.bucket_size) {
    next_self_lookup_ = now;
    wake_upkeep(now);
  }
}

// What a node's silence says about others. Nothing while nobody is heard: then our own connection has failed.
void Node::on_failure(const NodeContact& contact, Instant now) {
  RoutingTable& table = table_for(contact.endpoint);
  const RoutingTable::Failure failure = table.on_failure(contact, now);
  const bool alarm = table.take_alarm();
  if (failure == RoutingTable::Failure::removed) {
    bootstrap_.add_fallback(contact);
    if (config_.tracer.on(trace::Level::debug)) {
      config_.tracer.write(trace::Level::debug, now, "node lost", {{"node", contact.endpoint}});
    }
  }
  wake_upkeep(failure == RoutingTable::Failure::removed ? next_probe_ : now + policy_.table.recheck_delay);
  if (failure != RoutingTable::Failure::doubted) return;
  refills_ = std::min(refills_ + policy_.table.refills_per_loss, policy_.table.refills_max);
  if (now >= last_heard_ + policy_.table.fresh_for) return;
  table.doubt(alarm ? table.size() : policy_.table.doubted_with_it, now);
  if (alarm) {
    swept_at_ = now + static_cast<std::int64_t>(table.size()) * policy_.table.sweep_gap + policy_.queries.timeout;
    if (config_.tracer.on(trace::Level::info)) {
      config_.tracer.write(trace::Level::info, now, "many vanished", {{"nodes", table.size()}});
    }
  }
  wake_upkeep(next_probe_);
}

void Node::maintain(Instant now) {
  if (now >= swept_at_) {
    swept_at_ = kNever;
    look_around(now);
  }
  probe(now);
  // At most one at a time. Without nodes there is nobody to ask; the first one wakes us.
  const auto may_look_up = [this] { return upkeep_lookups_ == 0 && nodes() > 0; };
  if (may_look_up()) start_upkeep_lookup(now);
  // When to come back: the earliest of the next probe (paced), refresh and self lookup.
  Instant next = swept_at_;
  for (const RoutingTable& table : tables_) {
    if (const std::optional<Instant> due = table.next_probe()) next = earlier(next, std::max(*due, next_probe_));
    if (table.has_waiting(Demand::low)) next = earlier(next, std::max(next_widening_, next_probe_));
    const Instant heartbeat = next_heartbeat_[index_of(table.family())];
    if (const auto due = table.next_longest_silent()) next = earlier(next, std::max({*due, heartbeat, next_probe_}));
  }
  if (may_look_up()) {
    next = earlier(next, next_self_lookup_);
    for (const RoutingTable& table : tables_) {
      if (const std::optional<Instant> due = table.next_refresh()) next = earlier(next, *due);
    }
  }
  upkeep_at_ = next;
}

void Node::probe(Instant now) {
  if (now < next_probe_) return;
  for (RoutingTable& table : tables_) {
    Instant& heartbeat = next_heartbeat_[index_of(table.family())];
    std::optional<NodeContact> contact = table.take_probe(now);
    // Heartbeats and sweeps are frequent: asking for nodes each time would cost three times as much as pinging.
    bool ping = swept_at_ != kNever && table.size() >= policy_.table.sparse;
    if (!contact && now >= heartbeat) {
      contact = table.take_longest_silent(now);
      ping = ping || (contact.has_value() && table.size() >= policy_.table.sparse);
    }
    if (!contact && now >= next_widening_) {
      contact = table.take_widening();
      if (contact) next_widening_ = now + (refills_ > 0 ? policy_.table.refill_gap : policy_.table.widen_gap);
      if (contact && refills_ > 0) --refills_;
    }
    if (!contact) continue;
    if (table.has(*contact)) heartbeat = now + policy_.table.heartbeat;
    Query query;
    const std::optional<NodeId> target = ping ? std::nullopt : table.fill_target_near(*contact);
    if (target) {
      query.method = Method::find_node;
      query.target = *target;
    }
    send_query(contact->endpoint, contact->id, Purpose::probe, {}, query, now);
    next_probe_ = now + probe_gap();
  }
}

// While the table is being filled, those named are found anyway.
void Node::meet_again(const NodeContact& lost, const Reply& reply, Instant now) {
  if (nodes() < policy_.table.bucket_size || upkeep_lookups_ > 0) return;
  const Family family = family_of(lost.endpoint);
  std::vector<NodeContact> known{lost};
  for (const NodeContact& node :
       (family == Family::v4 ? reply.nodes : reply.nodes6).value_or(std::vector<NodeContact>{})) {
    if (may_tell(node.endpoint.address, lost.endpoint.address)) known.push_back(node);
  }
  known.resize(std::min(known.size(), 1 + policy_.lookups.contacts_per_referrer));
  start(Kind::find_node, true, tables_[index_of(family)].self(), {}, now, std::move(known));
}

void Node::look_around(Instant now) {
  next_self_lookup_ = now;
  self_lookup_gap_ = policy_.table.self_lookup_first;
  for (RoutingTable& table : tables_) table.start_filling();
  wake_upkeep(now);
}

void Node::handle_network_change(Instant now) {
  if (config_.tracer.on(trace::Level::info)) config_.tracer.write(trace::Level::info, now, "addresses changed");
  external_.forget();
  bootstrap_.restart(now);
  bootstrap_if_due(now);
  look_around(now);
}

// What is due first: ourselves, then buckets with few nodes, then stale buckets.
void Node::start_upkeep_lookup(Instant now) {
  if (now >= next_self_lookup_) {
    for (const RoutingTable& table : tables_) {
      if (table.size() > 0) start(Kind::find_node, true, table.self(), {}, now);
    }
    next_self_lookup_ = now + self_lookup_gap_ * 3 / 4 +
                        Duration(rng_.below(static_cast<std::uint64_t>((self_lookup_gap_ / 2).count())));
    self_lookup_gap_ = std::min<Duration>(4 * self_lookup_gap_, policy_.table.self_lookup_interval);
    return;
  }
  for (RoutingTable& table : tables_) {
    std::optional<NodeId> target;
    if (!table.has_waiting(Demand::high)) target = table.take_fill();  // probes also fill buckets, at less cost
    if (!target) target = table.take_refresh(now);
    if (target) {
      start(Kind::find_node, true, *target, {}, now);
      return;
    }
  }
}

// BEP 42: an id that does not fit our public address keeps us out of others' tables.
void Node::consider_id(Family family, Instant now) {
  RoutingTable& table = tables_[index_of(family)];
  const std::optional<IpAddress> address = external_.agreed(family);
  if (!address || is_secure_id(table.self(), *address)) return;
  std::optional<Instant>& changed = id_changed_[index_of(family)];
  if (changed && now < *changed + policy_.external_address.id_change_interval) return;
  changed = now;
  table.change_self(secure_id(*address, rng_), now);
  emit(IdChanged{family, table.self()});
  if (config_.tracer.on(trace::Level::info)) {
    config_.tracer.write(trace::Level::info, now, "new id",
                         {{"id", table.self().hex()}, {"address", address->to_string()}});
  }
  look_around(now);
}

}  // namespace stp::dht
