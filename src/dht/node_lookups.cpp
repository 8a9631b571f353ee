// The lookups of a Node: their start, their turns, their answers and their end.
#include <algorithm>
#include <iterator>

#include "core/result.h"
#include "dht/node.h"

namespace stp::dht {
namespace {

constexpr const char* kind_name(bool announces, bool finds_peers) {
  return announces ? "announce" : finds_peers ? "get_peers" : "find_node";
}

}  // namespace

std::optional<LookupId> Node::start_get_peers(const SwarmKey& key, Instant now) {
  return start(Kind::get_peers, false, id_of(key), {}, now);
}

std::optional<LookupId> Node::start_search(const SwarmKey& key, bool no_seeds, std::vector<NodeContact> known,
                                           Instant now) {
  return start(Kind::get_peers, false, id_of(key), {0, false, no_seeds}, now, std::move(known));
}

std::optional<LookupId> Node::start_announce(const SwarmKey& key, const AnnounceOptions& self, Instant now,
                                             std::vector<NodeContact> known) {
  return start(Kind::announce, false, id_of(key), self, now, std::move(known));
}

std::optional<LookupId> Node::start(Kind kind, bool upkeep, const NodeId& target, const AnnounceOptions& self,
                                    Instant now, std::vector<NodeContact> known) {
  if (searches_.size() >= policy_.lookups.waiting_max) return std::nullopt;
  const LookupId id{++last_lookup_};
  Search& search = searches_[id];
  search.kind = kind;
  search.upkeep = upkeep;
  search.target = target;
  search.self = self;
  search.known = std::move(known);
  search.summary.started = now;
  if (config_.tracer.on(trace::Level::debug)) {
    config_.tracer.write(trace::Level::debug, now, "lookup",
                         {{"id", id.value},
                          {"kind", kind_name(kind == Kind::announce, kind == Kind::get_peers)},
                          {"upkeep", upkeep},
                          {"target", target.hex()}});
  }
  upkeep_lookups_ += upkeep ? 1 : 0;
  if (kind != Kind::find_node) {
    // Our own store may already know some; we ask it as an address that may see everything.
    const auto among = self.seed ? PeerStore::Among::leeches : PeerStore::Among::all;
    for (const Family family : kFamilies) {
      const IpAddress here = IpAddress::loopback_v4();
      found_peers(search, store_.sample(target, family, among, here, kReplyValuesMax, now), here);
    }
  }
  waiting_.push_back(id);
  activate_waiting(now);
  return id;
}

void Node::cancel(LookupId id, Instant now) {
  const auto found = searches_.find(id);
  if (found == searches_.end()) return;
  const Search& search = found->second;
  if (search.phase != Phase::done) remember_ended(id, search, LookupView::Stage::cancelled, now);
  if (search.phase == Phase::waiting) waiting_.erase(std::find(waiting_.begin(), waiting_.end(), id));
  if ((search.phase == Phase::looking || search.phase == Phase::announcing) && !search.upkeep) --active_;
  if (search.upkeep) --upkeep_lookups_;
  searches_.erase(found);
  activate_waiting(now);
}

void Node::withdraw(const SwarmKey& key) {
  own_.erase(id_of(key));
}

bool Node::has_result(LookupId id) const {
  const auto found = searches_.find(id);
  return found != searches_.end() && !found->second.events.empty();
}

std::optional<LookupEvent> Node::poll_lookup(LookupId id) {
  const auto found = searches_.find(id);
  if (found == searches_.end() || found->second.events.empty()) return std::nullopt;
  LookupEvent& event = found->second.events.front();
  if (LookupDone* done = std::get_if<LookupDone>(&event)) {
    LookupDone last = std::move(*done);
    searches_.erase(found);
    return last;
  }
  PeersFound peers = std::move(std::get<PeersFound>(event));
  found->second.events.pop_front();
  return peers;
}

// Gives free places to waiting lookups in the order they were started; upkeep needs none. A lookup that ends at once
// (nobody to ask) frees its place for the next one in the same loop.
void Node::activate_waiting(Instant now) {
  // With an empty table there is nobody to ask, but somebody may be about to answer.
  if (nodes() == 0 && (bootstrap_pending_ > 0 || bootstrap_.due(now))) return;
  while (true) {
    const auto next = std::find_if(waiting_.begin(), waiting_.end(), [&](LookupId id) {
      return active_ < policy_.lookups.active_max || searches_.at(id).upkeep;
    });
    if (next == waiting_.end()) return;
    const LookupId id = *next;
    waiting_.erase(next);
    Search& search = searches_.at(id);
    if (!search.upkeep) ++active_;
    search.phase = Phase::looking;
    for (const Family family : kFamilies) {
      const RoutingTable& table = tables_[index_of(family)];
      if (!enabled(family) || table.size() == 0) continue;
      Lookup& leg =
          search.legs[index_of(family)].emplace(table.self(), search.target, config_.restrict_subnets, policy_);
      std::vector<NodeContact> known = table.closest(search.target, 2 * policy_.table.bucket_size);
      if (known.size() < policy_.table.bucket_size)
        known = table.closest(search.target, 2 * policy_.table.bucket_size, RoutingTable::Among::all);
      leg.add_known(known);
      // An attacker around the target may be all of the closest nodes.
      leg.add_known(table.closest(search.target, policy_.table.bucket_size, RoutingTable::Among::secure));
      known.clear();
      std::ranges::copy_if(search.known, std::back_inserter(known),
                           [&](const NodeContact& node) { return family_of(node.endpoint) == family; });
      leg.add_known(known);
    }
    pump(id, now);
  }
}

// Asks the next nodes, and ends the lookup when none is left.
void Node::pump(LookupId id, Instant now) {
  const auto found = searches_.find(id);
  if (found == searches_.end() || found->second.phase != Phase::looking) return;
  Search& search = found->second;
  Query query;
  query.method = search.kind == Kind::find_node ? Method::find_node : Method::get_peers;
  query.target = search.target;
  query.no_seeds = search.self.seed;  // a seed looks for peers that it can serve
  bool finished = true;
  for (std::optional<Lookup>& leg : search.legs) {
    if (!leg) continue;
    while (true) {
      if (rpc_.full()) {
        starved_ = true;
        return;
      }
      const std::optional<NodeContact> next = leg->next_to_ask(loss_.patience());
      if (!next) break;
      ask(id, search, *next, query, now);
    }
    finished = finished && leg->finished();
  }
  if (!finished) return;
  if (search.kind == Kind::announce) {
    announce(id, search, now);
  } else {
    finish(id, now);
  }
}

void Node::ask(LookupId id, Search& search, const NodeContact& node, const Query& query, Instant now) {
  RpcManager::QueryId& known = search.queries[node];
  if (ask_again(known, now)) return;
  known = send_query(node.endpoint, node.id, Purpose::lookup, id, query, now).value_or(0);
}

void Node::announce(LookupId id, Search& search, Instant now) {
  search.phase = Phase::announcing;
  Query query;
  query.method = Method::announce_peer;
  query.target = search.target;
  query.implied_port = search.self.implied_port;
  query.seed = search.self.seed;
  for (const Family family : kFamilies) {
    const std::optional<Lookup>& leg = search.legs[index_of(family)];
    if (!leg) continue;
    query.port = search.self.port_for(family);
    for (const Lookup::Answered& node : leg->closest_answered(true)) {
      query.token = *node.token;
      if (send_query(node.contact.endpoint, node.contact.id, Purpose::announce, id, query, now)) ++search.unconfirmed;
    }
  }
  keep_own_announcement(search, now);
  if (search.unconfirmed == 0) finish(id, now);
}

// Whether we are one of the k closest nodes of a family ourselves; then others will ask us.
void Node::keep_own_announcement(Search& search, Instant now) {
  for (const Family family : kFamilies) {
    const std::optional<Lookup>& leg = search.legs[index_of(family)];
    if (!enabled(family) || search.self.port == 0) continue;
    if (leg) {
      const std::vector<Lookup::Answered> closest = leg->closest_answered(false);
      const NodeId& self = tables_[index_of(family)].self();
      if (closest.size() >= policy_.table.bucket_size &&
          !closer(self, closest[policy_.table.bucket_size - 1].contact.id, search.target))
        continue;
    }
    if (own_.size() >= policy_.storage.own_max && own_.find(search.target) == own_.end()) continue;
    own_[search.target] = {search.self, now + policy_.storage.peer_lifetime};
    search.summary.stored_here = true;
  }
}

void Node::finish(LookupId id, Instant now) {
  const auto found = searches_.find(id);
  Search& search = found->second;
  remember_ended(id, search, LookupView::Stage::done, now);
  if (search.upkeep) {
    --upkeep_lookups_;
    searches_.erase(found);
    wake_upkeep(now);
    return;
  }
  --active_;
  search.phase = Phase::done;
  LookupDone& done = search.summary;
  for (const std::optional<Lookup>& leg : search.legs) {
    if (!leg) continue;
    done.asked += leg->asked();
    done.answered += leg->answered();
    const std::vector<Lookup::Answered> closest = leg->closest_answered(false);
    if (!closest.empty()) done.hops = std::max(done.hops, closest.front().hops);
    for (const Lookup::Answered& node : closest) done.closest.push_back(node.contact);
  }
  done.peers = search.peers.size();
  done.finished = now;
  if (config_.tracer.on(trace::Level::debug)) {
    config_.tracer.write(trace::Level::debug, now, "lookup done",
                         {{"id", id.value},
                          {"took", now - done.started},
                          {"asked", done.asked},
                          {"answered", done.answered},
                          {"hops", done.hops},
                          {"peers", done.peers},
                          {"announced", done.announced}});
  }
  search.events.emplace_back(done);
  search.legs = {};
  search.queries.clear();
  search.peers.clear();
  // A waiting lookup gets the free place from the caller's activate_waiting(), not from here: pump() may be on the
  // stack.
}

LookupView Node::view_of(LookupId id, const Search& search) const {
  using What = LookupView::Purpose;
  using Stage = LookupView::Stage;
  LookupView view;
  view.id = id;
  view.purpose = search.upkeep ? What::upkeep : search.kind == Kind::announce ? What::announce : What::peers;
  view.target = search.target;
  view.stage = search.phase == Phase::waiting   ? Stage::waiting
               : search.phase == Phase::looking ? Stage::looking
                                                : Stage::announcing;
  view.started = search.summary.started;
  for (const std::optional<Lookup>& leg : search.legs) {
    if (!leg) continue;
    view.asked += leg->asked();
    view.answered += leg->answered();
    const std::vector<Lookup::Answered> closest = leg->closest_answered(false);
    if (closest.empty()) continue;
    const auto shared = static_cast<unsigned>(common_prefix(closest.front().contact.id, search.target));
    view.closest_prefix = std::max(view.closest_prefix.value_or(0), shared);
  }
  view.peers = search.peers.size();
  view.announced = search.summary.announced;
  return view;
}

void Node::remember_ended(LookupId id, const Search& search, LookupView::Stage how, Instant now) {
  if (config_.ended_lookups_kept == 0) return;
  LookupView view = view_of(id, search);
  view.stage = how;
  view.ended = now;
  ended_lookups_.push_front(view);
  if (ended_lookups_.size() > config_.ended_lookups_kept) ended_lookups_.pop_back();
}

std::vector<LookupView> Node::lookups(std::size_t max) const {
  std::vector<LookupView> all;
  for (auto search = searches_.rbegin(); search != searches_.rend() && all.size() < max; ++search) {
    const bool under_way = search->second.phase == Phase::looking || search->second.phase == Phase::announcing;
    if (under_way) all.push_back(view_of(search->first, search->second));
  }
  const std::size_t for_ended = std::min(ended_lookups_.size(), max - all.size());
  for (const LookupId id : waiting_) {
    if (all.size() + for_ended >= max) break;
    all.push_back(view_of(id, searches_.at(id)));
  }
  all.insert(all.end(), ended_lookups_.begin(), ended_lookups_.begin() + static_cast<std::ptrdiff_t>(for_ended));
  return all;
}

void Node::found_peers(Search& search, const std::vector<Endpoint>& peers, const IpAddress& teller) {
  PeersFound found;
  for (const Endpoint& peer : peers) {
    if (search.peers.size() >= policy_.lookups.peers_max) break;
    if (may_tell(peer.address, teller) && search.peers.insert(peer).second) found.peers.push_back(peer);
  }
  if (!found.peers.empty()) search.events.emplace_back(std::move(found));
}

void Node::lookup_replied(LookupId id, const NodeContact& from, const Reply& reply, unsigned lost, Instant now) {
  const auto found = searches_.find(id);
  if (found == searches_.end() || found->second.phase != Phase::looking) return;
  Search& search = found->second;
  const Family family = family_of(from.endpoint);
  if (search.kind != Kind::find_node) found_peers(search, reply.values, from.endpoint.address);
  for (const Family told : kFamilies) {
    std::optional<Lookup>& leg = search.legs[index_of(told)];
    const auto& nodes = told == Family::v4 ? reply.nodes : reply.nodes6;
    std::vector<NodeContact> usable;
    for (const NodeContact& contact : nodes ? *nodes : std::vector<NodeContact>{}) {
      if (enabled(told) && may_tell(contact.endpoint.address, from.endpoint.address)) usable.push_back(contact);
    }
    if (told == family) {
      // Others are not asked again, so their losses are unknown.
      if (leg && leg->is_close(from)) loss_.sample(lost);
      if (leg) leg->on_reply(from, reply.token, usable);
    } else if (!usable.empty()) {
      // A node of one family knows some of the other: the only way in when our own table of that family is empty.
      if (!leg) leg.emplace(tables_[index_of(told)].self(), search.target, config_.restrict_subnets, policy_);
      usable.resize(std::min(usable.size(), policy_.lookups.contacts_per_referrer));
      leg->add_known(usable);
    }
  }
  pump(id, now);
}

void Node::lookup_failed(LookupId id, const NodeContact& from, Instant now) {
  const auto found = searches_.find(id);
  if (found == searches_.end()) return;
  if (std::optional<Lookup>& leg = found->second.legs[index_of(family_of(from.endpoint))]) leg->on_failed(from);
  pump(id, now);
}

void Node::lookup_late(LookupId id, const NodeContact& from, Instant now) {
  const auto found = searches_.find(id);
  if (found == searches_.end()) return;
  std::optional<Lookup>& leg = found->second.legs[index_of(family_of(from.endpoint))];
  if (leg) leg->on_late(from, loss_.patience());
  pump(id, now);
}

void Node::announce_ended(LookupId id, bool confirmed, Instant now) {
  const auto found = searches_.find(id);
  if (found == searches_.end() || found->second.phase != Phase::announcing) return;
  if (confirmed) ++found->second.summary.announced;
  if (--found->second.unconfirmed == 0) finish(id, now);
}

}  // namespace stp::dht
