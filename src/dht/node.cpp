#include "dht/node.h"

#include <algorithm>
#include <array>

#include "core/result.h"

namespace stp::dht {

namespace {

constexpr std::size_t kEventsMax = 64;

constexpr const char* purpose_name(Purpose purpose) {
  constexpr std::array<const char*, 5> kNames = {"probe", "bootstrap", "lookup", "announce", "introduction"};
  return kNames[static_cast<std::size_t>(purpose)];
}

}  // namespace

void Node::trace_query(std::string_view what, const PendingQuery& query, Instant now) const {
  if (!config_.tracer.on(trace::Level::trace)) return;
  config_.tracer.write(trace::Level::trace, now, what, {{"node", query.to}, {"for", purpose_name(query.purpose)}});
}

Node::Node(const NodeConfig& config, Rng& rng, Instant now)
    : config_(config),
      policy_(*config_.policy),
      rng_(rng),
      tables_{RoutingTable(config.id ? *config.id : random_id(rng), Family::v4, config.restrict_subnets, policy_, rng),
              RoutingTable(config.id ? *config.id : random_id(rng), Family::v6, config.restrict_subnets, policy_, rng)},
      rpc_(policy_.queries, rng),
      loss_(policy_.queries),
      tokens_(policy_.storage.token_rotation, rng, now),
      limiter_(policy_.sources, rng),
      store_(policy_.storage, rng),
      external_(policy_.external_address),
      bootstrap_(policy_, rng, now),
      self_lookup_gap_(policy_.table.self_lookup_first),
      next_probe_(now),
      next_widening_(now),
      upkeep_at_(kNever) {}

Status Node::restore(ByteSpan saved, Instant now) {
  STP_ASSERT(nodes() == 0 && searches_.empty());
  Result<SavedState> state = decode_state(saved);
  if (!state) return state.error();
  for (const Family family : kFamilies) {
    if (!enabled(family)) continue;
    RoutingTable& table = tables_[index_of(family)];
    table.change_self(state->ids[index_of(family)], now);
    for (const NodeContact& contact : state->nodes[index_of(family)]) {
      bootstrap_.add_fallback(contact);
      wake_for(table.on_heard(contact, false, now));
    }
  }
  return Done{};
}

Bytes Node::save_state() const {
  SavedState state;
  for (const Family family : kFamilies) {
    const RoutingTable& table = tables_[index_of(family)];
    std::vector<NodeContact>& nodes = state.nodes[index_of(family)];
    state.ids[index_of(family)] = table.self();
    nodes = table.contacts();
    // An outage must not cost us the nodes we knew before it.
    for (const NodeContact& contact : bootstrap_.fallback()) {
      const bool known = std::any_of(nodes.begin(), nodes.end(),
                                     [&](const NodeContact& node) { return node.endpoint == contact.endpoint; });
      if (family_of(contact.endpoint) == family && !known) nodes.push_back(contact);
    }
    if (nodes.size() > kFallbackMax) nodes.resize(kFallbackMax);
  }
  return encode_state(state);
}

bool Node::add_bootstrap(const Endpoint& endpoint, Instant now) {
  return enabled(family_of(endpoint)) && bootstrap_.add(endpoint, now);
}

void Node::introduce(const Endpoint& node, Instant now) {
  if (now < next_introduction_ || !node.is_dialable() || !enabled(family_of(node))) return;
  Query query;
  if (nodes() < policy_.table.bucket_size) {
    query.method = Method::find_node;
    query.target = table_for(node).self();
  }
  if (send_query(node, std::nullopt, Purpose::introduction, {}, query, now)) {
    next_introduction_ = now + kIntroductionGap;
  }
}

void Node::handle_datagram(const Endpoint& from, ByteSpan datagram, Instant now) {
  ++counters_.datagrams_in;
  counters_.bytes_in += datagram.size();
  if (!from.is_dialable() || !enabled(family_of(from))) return;
  Result<Message> message = decode(datagram, scratch_);
  if (!message) {
    ++counters_.malformed;
    if (config_.tracer.on(trace::Level::debug)) {
      config_.tracer.write(trace::Level::debug, now, "malformed", {{"from", from}, {"why", message.error().message}});
    }
    return;
  }
  last_heard_ = now;
  if (std::holds_alternative<Query>(message->body) || std::holds_alternative<BadQuery>(message->body)) {
    on_query(from, *message, datagram.size(), now);
  } else {
    on_answer(from, *message, now);
  }
}

void Node::on_answer(const Endpoint& from, const Message& message, Instant now) {
  const std::optional<RpcManager::Answered> answered = rpc_.take(message.transaction, from, now);
  if (!answered) {
    ++counters_.unexpected;
    return;
  }
  ++counters_.answers_in;
  trace_query("answer", answered->query, now);
  if (answered->query.purpose == Purpose::bootstrap) --bootstrap_pending_;
  bootstrap_.on_answer(from);
  if (message.observed) {
    external_.vote(from.address, message.observed->address);
    consider_id(family_of(from), now);
  }
  if (const Reply* reply = std::get_if<Reply>(&message.body)) {
    on_reply(*answered, *reply, now);
  } else {
    // A fault shows that the node is alive, and of no use for this query.
    const PendingQuery& query = answered->query;
    if (query.purpose == Purpose::lookup) lookup_failed(query.lookup, {*query.expected, from}, now);
    if (query.purpose == Purpose::announce) announce_ended(query.lookup, false, now);
  }
  after_table_change(now);
}

void Node::on_reply(const RpcManager::Answered& answered, const Reply& reply, Instant now) {
  const PendingQuery& query = answered.query;
  const NodeContact sender{reply.sender, query.to};
  RoutingTable& table = table_for(query.to);
  if (query.expected && *query.expected != reply.sender) {
    // A different id than the one it was known by: a restart, or somebody who wants to be everywhere. It got its place
    // in a lookup with the other id.
    const NodeContact former{*query.expected, query.to};
    if (table.has(former)) on_failure(former, now);
    if (query.purpose == Purpose::lookup) lookup_failed(query.lookup, former, now);
  }
  table.on_reply(sender, answered.rtt, now);
  for (const auto* nodes : {&reply.nodes, &reply.nodes6}) {
    if (!*nodes) continue;
    const std::size_t believed = std::min((*nodes)->size(), policy_.lookups.contacts_per_referrer);
    for (std::size_t i = 0; i < believed; ++i) {
      const NodeContact& contact = (**nodes)[i];
      if (!enabled(family_of(contact.endpoint)) || !may_tell(contact.endpoint.address, query.to.address)) continue;
      wake_for(table_for(contact.endpoint).on_heard(contact, false, now));
    }
  }
  if (query.purpose == Purpose::bootstrap) meet_again(sender, reply, now);
  if (query.purpose == Purpose::lookup) lookup_replied(query.lookup, sender, reply, answered.lost, now);
  if (query.purpose == Purpose::announce) {
    loss_.sample(answered.lost);
    announce_ended(query.lookup, true, now);
  }
}

// A lookup decides for itself whom to ask again.
void Node::on_late(const RpcManager::Overdue& overdue, Instant now) {
  const PendingQuery& query = overdue.query;
  if (query.purpose == Purpose::lookup) return lookup_late(query.lookup, {*query.expected, query.to}, now);
  RoutingTable& table = table_for(query.to);
  if (query.purpose == Purpose::probe && overdue.asks >= loss_.patience() &&
      table.usually_answers_within(rpc_.stall_after() * 3 / 4, {*query.expected, query.to})) {
    // If it is dead, others may be, too: they are asked before that is certain.
    table.doubt(policy_.table.doubted_with_it, now);
    wake_upkeep(next_probe_);
  }
  const bool announces = query.purpose == Purpose::announce;
  if (announces && !searches_.contains(query.lookup)) return;
  const unsigned asks = std::max(loss_.patience(), announces ? policy_.queries.asks_of_the_close : 1U);
  if (overdue.asks < asks) ask_again(overdue.id, now);
}

void Node::on_no_answer(const RpcManager::Overdue& overdue, Instant now) {
  const PendingQuery& query = overdue.query;
  ++counters_.timeouts;
  trace_query("no answer", query, now);
  bootstrap_.on_silence(query.to);
  if (query.purpose == Purpose::bootstrap) --bootstrap_pending_;
  if (query.expected) {
    const NodeContact contact{*query.expected, query.to};
    // Where datagrams get lost, a node asked once may well be alive: a probe, repeated as often as necessary, decides.
    if (overdue.asks >= loss_.patience()) {
      on_failure(contact, now);
    } else if (table_for(query.to).has(contact)) {
      send_query(contact.endpoint, contact.id, Purpose::probe, {}, Query{}, now);
    }
    if (query.purpose == Purpose::lookup) lookup_failed(query.lookup, contact, now);
    if (query.purpose == Purpose::announce) announce_ended(query.lookup, false, now);
  }
}

void Node::handle_timeout(Instant now) {
  bool lost = false;
  while (const std::optional<RpcManager::Overdue> overdue = rpc_.poll_overdue(now)) {
    if (overdue->given_up) {
      on_no_answer(*overdue, now);
      lost = true;
    } else {
      on_late(*overdue, now);
    }
  }
  if (lost) after_table_change(now);
  bootstrap_if_due(now);
  if (now >= upkeep_at_) maintain(now);
  store_.handle_timeout(now);
  if (starved_ && !rpc_.full()) {
    starved_ = false;
    std::vector<LookupId> ids;
    for (const auto& [id, search] : searches_) ids.push_back(id);
    for (const LookupId id : ids) pump(id, now);
  }
  activate_waiting(now);
}

void Node::after_table_change(Instant now) {
  bootstrap_.set_table_size(nodes(), now);
  const bool connected = nodes() > 0;
  if (connected != connected_) {
    connected_ = connected;
    if (config_.tracer.on(trace::Level::info)) {
      config_.tracer.write(trace::Level::info, now, connected ? "connected" : "disconnected");
    }
    emit(Connected{connected});
    next_self_lookup_ = kNever;
    if (connected) look_around(now);
  }
  activate_waiting(now);
}

std::optional<RpcManager::QueryId> Node::send_query(const Endpoint& to, const std::optional<NodeId>& expected,
                                                    Purpose purpose, LookupId lookup, Query query, Instant now) {
  if (rpc_.full()) return std::nullopt;
  query.sender = table_for(to).self();
  query.read_only = config_.read_only;
  if (query.method == Method::find_node || query.method == Method::get_peers) {
    query.want_v4 = query.want_v6 = config_.ipv4 && config_.ipv6;
  }
  ++counters_.queries_out;
  const RpcManager::Started started = rpc_.start({to, expected, purpose, lookup, query}, now);
  trace_query("query", *rpc_.find(started.id), now);
  send(to, {started.transaction, std::nullopt, query});
  return started.id;
}

// Returns whether it was still pending.
bool Node::ask_again(RpcManager::QueryId id, Instant now) {
  const std::optional<TransactionId> transaction = rpc_.ask_again(id, now);
  if (!transaction) return false;
  const PendingQuery& pending = *rpc_.find(id);
  ++counters_.queries_out;
  trace_query("query again", pending, now);
  send(pending.to, {*transaction, std::nullopt, pending.query});
  return true;
}

void Node::send(const Endpoint& to, const Message& message) {
  if (transmits_.size() >= policy_.queries.transmit_queue_max) {
    ++counters_.queue_full;
    return;
  }
  Bytes payload = encode(message);
  ++counters_.datagrams_out;
  counters_.bytes_out += payload.size();
  transmits_.push_back({to, std::move(payload)});
}

std::optional<Transmit> Node::poll_transmit() {
  if (transmits_.empty()) return std::nullopt;
  Transmit transmit = std::move(transmits_.front());
  transmits_.pop_front();
  return transmit;
}

void Node::emit(NodeEvent event) {
  if (events_.size() >= kEventsMax) events_.pop_front();
  events_.push_back(event);
}

std::optional<NodeEvent> Node::poll_event() {
  if (events_.empty()) return std::nullopt;
  const NodeEvent event = events_.front();
  events_.pop_front();
  return event;
}

std::optional<Instant> Node::next_timeout() const {
  Instant next = upkeep_at_;
  for (const std::optional<Instant>& due : {rpc_.next_deadline(), bootstrap_.next_round(), store_.next_timeout()}) {
    if (due) next = earlier(next, *due);
  }
  return next == kNever ? std::nullopt : std::optional(next);
}

NodeStatus Node::status(Instant now) const {
  NodeStatus status;
  for (const Family family : kFamilies) {
    const std::size_t i = index_of(family);
    status.ids[i] = tables_[i].self();
    status.nodes[i] = tables_[i].size();
    status.good[i] = tables_[i].good(now);
    status.external[i] = external_.agreed(family);
  }
  status.bootstrap = bootstrap_.status();
  status.lookups = searches_.size() - upkeep_lookups_;
  status.stored_keys = store_.keys();
  status.stored_peers = store_.peers();
  status.stall_after = rpc_.stall_after();
  status.counters = counters_;
  return status;
}

void Node::check_invariants() const {
  for (const RoutingTable& table : tables_) table.check_invariants();
  rpc_.check_invariants();
  store_.check_invariants();
  std::size_t active = 0;
  std::size_t upkeep = 0;
  for (const auto& [id, search] : searches_) {
    const bool running = search.phase == Phase::looking || search.phase == Phase::announcing;
    active += running && !search.upkeep ? 1 : 0;
    upkeep += search.upkeep ? 1 : 0;
    const bool listed = std::find(waiting_.begin(), waiting_.end(), id) != waiting_.end();
    STP_ASSERT(listed == (search.phase == Phase::waiting));
    STP_ASSERT(search.phase != Phase::announcing || search.unconfirmed > 0);
    for (const std::optional<Lookup>& leg : search.legs) {
      if (leg) leg->check_invariants();
    }
  }
  STP_ASSERT(active == active_ && active_ <= policy_.lookups.active_max);
  STP_ASSERT(ended_lookups_.size() <= config_.ended_lookups_kept);
  STP_ASSERT(upkeep == upkeep_lookups_ && own_.size() <= policy_.storage.own_max);
  STP_ASSERT(transmits_.size() <= policy_.queries.transmit_queue_max && bootstrap_pending_ <= rpc_.outstanding());
}

}  // namespace stp::dht
