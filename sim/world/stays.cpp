// Arrivals, with what the host brings, and departures.

#include <algorithm>

#include "dht/node_id.h"
#include "sim/network/addresses.h"
#include "sim/world/world_impl.h"

namespace stp::sim {
namespace {

constexpr Duration kGoodbyeTimeout = std::chrono::seconds(3);  // net::Engine::kGoodbyeTimeout

Duration of_seconds(double seconds) {
  return Duration(static_cast<std::int64_t>(std::min(seconds, 1e9) * 1e9));
}

std::string numbered(const char* what, std::uint64_t a, std::uint64_t b = 0) {
  return std::string(what) + ' ' + std::to_string(a) + ' ' + std::to_string(b);
}

}  // namespace

Host& World::Impl::add_host(std::uint32_t group) {
  const auto number = static_cast<std::uint32_t>(hosts_.size());
  STP_ASSERT(number < kAddressesMax);
  auto host = std::make_unique<Host>();
  host->number = number;
  host->group = group;
  Rng draw = topology_.fork(numbered("host", number));
  host->place = latency_.place(draw);
  host->isp = static_cast<std::uint32_t>(draw.below(std::max<std::uint32_t>(1, scenario_.network.isps)));
  const double nat_draw = draw.unit();
  const double link_draw = draw.unit();
  if (group != kNoGroup) {
    const Group& of = scenario_.groups[group];
    if (is_sybil(of.behaviour)) host->attacked = scenario_.share_index(of.share);
    host->behaviour = of.behaviour;
    host->behind_nat = nat_draw < of.nat;
    join_lan(*host);
    choose_shares(*host);
    double weights = 0;
    for (const LinkClass& link : of.links) weights += link.weight;
    double at = link_draw * weights;
    for (const LinkClass& link : of.links) {
      host->link = link.link;
      at -= link.weight;
      if (at < 0) break;
    }
  }
  host->up = fluid_.add_link(rate_of(host->link.up));
  host->down = fluid_.add_link(rate_of(host->link.down));
  hosts_.push_back(std::move(host));
  return *hosts_.back();
}

void World::Impl::populate() {
  for (std::uint32_t i = 0; i < scenario_.bootstrap_nodes; ++i) {
    bootstrap_.push_back(add_host(kNoGroup).number);
    push({}, EventKind::arrive, bootstrap_.back(), 0);
  }
  for (std::uint32_t i = 0; i < scenario_.trackers; ++i) {
    Tracker tracker;
    tracker.host = add_host(kNoGroup).number;
    tracker.rng = std::make_unique<Rng>(protocol_.fork(numbered("tracker", i)));
    tracker.registry = std::make_unique<tracker::Registry>(tracker::RegistryConfig{}, *tracker.rng);
    tracker.responder = std::make_unique<tracker::Responder>(*tracker.registry);
    trackers_.push_back(std::move(tracker));
  }
  for (std::uint32_t group = 0; group < scenario_.groups.size(); ++group) schedule_arrivals(group);
  for (std::uint32_t key = scenario_.lookups.keys; key > 0; --key) free_keys_.push_back(key - 1);
  key_was_announced_.assign(scenario_.lookups.keys, false);
}

void World::Impl::schedule_arrivals(std::uint32_t group_index) {
  const Group& group = scenario_.groups[group_index];
  Rng draw = churn_.fork(numbered("arrivals", group_index));
  double poisson_at = seconds_of(group.arrivals.from);
  for (std::uint32_t i = 0; i < group.count; ++i) {
    Duration at = group.arrivals.from;
    switch (group.arrivals.kind) {
      case Arrivals::Kind::at_once: break;
      case Arrivals::Kind::spread:
        at += of_seconds(draw.unit() * seconds_of(group.arrivals.until - group.arrivals.from));
        break;
      case Arrivals::Kind::poisson:
        poisson_at += Distribution::exponential(1 / group.arrivals.per_second).draw(draw);
        at = of_seconds(poisson_at);
        if (group.arrivals.until > Duration{} && at > group.arrivals.until) return;
        break;
      case Arrivals::Kind::trace: at = group.arrivals.stays[i].at; break;
    }
    Host& host = add_host(group_index);
    if (group.arrivals.kind == Arrivals::Kind::trace) host.leaves = group.arrivals.stays[i].leaves;
    if (group.role == Role::leech) {
      host.counts_as_open = true;
      ++open_leeches_;
      ++leeches_known_;
    }
    push(at, EventKind::arrive, host.number, 0);
  }
}

void World::Impl::set_up_participant(Host& host) {
  app::ParticipantConfig config;
  if (traced()) host.trace = std::make_unique<HostTrace>(host.number, sink_);
  config.trace = host.trace.get();
  const bool is_bootstrap = host.group == kNoGroup;
  DiscoveryUse use;
  if (!is_bootstrap) use = scenario_.groups[host.group].discovery;
  if (use.dht && !bootstrap_.empty()) {
    dht::NodeConfig node;
    node.ipv6 = false;
    node.policy = is_bootstrap ? policies_.dht : policies_.groups[host.group].dht;
    if (is_sybil(host.behaviour)) {
      node.id = sybil_id(host.behaviour, shares_[host.attacked].key(), address_of(host.number), *host.rng);
    }
    config.node = node;
  }
  if (use.lan && !host.shares.empty()) {
    config.lan.emplace();
    config.lan->ipv6 = false;
  }
  for (std::size_t i = 0; i < (use.tracker ? trackers_.size() : 0); ++i) host.rng->fill(config.session.bytes);
  std::vector<std::pair<HostShare*, app::ShareConfig>> begun;
  for (HostShare* const share : next_shares(host)) begun.emplace_back(share, share_config(host, *share));
  host.participant = std::make_unique<app::Participant>(std::move(config), *host.rng, now_);
  for (auto& [share, of] : begun) add_share(host, *share, std::move(of));
}

void World::Impl::arrive(Host& host) {
  host.online = host.machine_on = true;
  host.leaving = false;
  ++host.stay;
  host.armed = kNever;
  host.rng = std::make_unique<Rng>(protocol_.fork(numbered("session", host.number, host.stay)));
  set_up_participant(host);
  trace("arrive", host.number);

  if (host.group != kNoGroup) {
    const Group& group = scenario_.groups[host.group];
    PeerRecord record;
    record.host = host.number;
    record.group = host.group;
    record.behind_nat = host.behind_nat;
    record.isp = host.isp;
    record.link = host.link;
    record.joined = since_start();
    host.record = result_.peers.size();
    result_.peers.push_back(record);
    open_share_records(host);
    if (group.role == Role::node) {
      ++online_nodes_;
    } else {
      ++online_peers_;
      uplink_capacity_ += measured_uplink(host.link);
    }
    if (host.stay == 1 && host.leaves) {
      push(std::max(Duration{}, *host.leaves - since_start()), EventKind::leave, host.number, host.stay);
    } else if (group.session) {
      Rng draw = churn_.fork(numbered("session", host.number, host.stay));
      const bool under_way = group.stationary && now_ == Instant{};
      push(of_seconds(under_way ? group.session->draw_residual(draw) : group.session->draw(draw)), EventKind::leave,
           host.number, host.stay);
    }
    if (scenario_.lookups.group == group.name) {
      Rng draw = workload_.fork(numbered("lookups", host.number, host.stay));
      const Duration phase = of_seconds(draw.unit() * seconds_of(scenario_.lookups.every));
      const Duration wait = std::max(Duration{}, scenario_.lookups.from - since_start());
      push(wait + phase, EventKind::lookup, host.number, host.stay);
      if (!free_keys_.empty()) {
        host.owned_key = free_keys_.back();
        free_keys_.pop_back();
        push(phase, EventKind::announce_key, host.number, host.stay);
      }
    }
  }

  if (dht::Node* const node = host.participant->node()) {
    if (host.saved_node) STP_ASSERT(node->restore(*host.saved_node, now_).ok());
    for (const std::uint32_t entry : bootstrap_) {
      if (entry != host.number) node->add_bootstrap({address_of(entry), kListenPort}, now_);
    }
    if (is_sybil(host.behaviour)) {
      dht_behaviour_.add_sybil(shares_[host.attacked].key(),
                               {node->table(dht::Family::v4).self(), {address_of(host.number), kListenPort}});
    }
  }
  host.participant->start(host.shares.empty() ? Port{0} : kListenPort, now_);
  for (HostShare& share : host.shares) {
    if (share.swarm != nullptr && share.swarm->metainfo() != nullptr) begin_content(host, share);
  }
  settle(host);
}

void World::Impl::leave(Host& host) {
  host.leaving = true;
  trace("leave", host.number);
  // Counts and record are read before the participant forgets them.
  if (!host.shares.empty()) {
    for (const HostShare& share : host.shares) count_chunks(host, share, -1);
    close_record(host);
  }
  host.participant->stop(now_);
  settle(host);
  if (!host.participant->withdrawing()) return end_stay(host, true);
  push(kGoodbyeTimeout, EventKind::gone, host.number, host.stay);
}

void World::Impl::vanish(Host& host) {
  trace("vanish", host.number);
  if (!host.leaving && !host.shares.empty()) {
    for (const HostShare& share : host.shares) count_chunks(host, share, -1);
    close_record(host);
  }
  host.machine_on = false;
  end_stay(host, false);
}

void World::Impl::close_record(Host& host) {
  if (host.group == kNoGroup) return;
  PeerRecord& record = result_.peers[host.record];
  record.downloaded = record.wasted = record.chunks = 0;
  for (const HostShare& share : host.shares) {
    const transfer::Swarm* const swarm = share.swarm;
    if (swarm == nullptr) continue;
    const transfer::SwarmStatus status = swarm->status(now_);
    record.downloaded += status.downloaded;
    record.wasted += status.wasted;
    record.chunks += status.chunks_had;
    ShareRecord* const of_share = record_of(host, share);
    if (of_share == nullptr) continue;
    of_share->downloaded = status.downloaded;
    of_share->wasted = status.wasted;
    of_share->chunks = status.chunks_had;
  }
  if (const dht::Node* const node = host.participant->node()) {
    record.datagrams_sent = static_cast<std::int64_t>(node->status(now_).counters.bytes_out);
  }
}

void World::Impl::no_longer_open(Host& host) {
  if (!host.counts_as_open) return;
  host.counts_as_open = false;
  --open_leeches_;
}

void World::Impl::end_connections(Host& host, HostShare& share, bool said_goodbye) {
  const auto links = share.links;
  for (const auto& [handle, connection] : links) {
    const ConnectionSide& dialler = connections_[connection].side[0];
    const std::uint32_t side = dialler.host == host.number && dialler.handle == handle ? 0 : 1;
    end_side(connection, side, said_goodbye);
  }
}

void World::Impl::end_stay(Host& host, bool said_goodbye) {
  const Group& group = scenario_.groups[host.group];
  PeerRecord& record = result_.peers[host.record];
  if (host.shares.empty()) close_record(host);
  record.left = since_start();
  record.said_goodbye = said_goodbye;
  if (group.role == Role::node) {
    --online_nodes_;
  } else {
    --online_peers_;
    uplink_capacity_ -= measured_uplink(host.link);
  }
  give_key_back(host);
  if (const auto known = node_ids_.find(host.node_id); known != node_ids_.end() && known->second == host.number) {
    node_ids_.erase(known);
  }
  host.node_id = {};

  const bool returns = group.away.has_value();
  if (returns) {
    if (const dht::Node* const node = host.participant->node()) host.saved_node = node->save_state();
    for (HostShare& share : host.shares) {
      const transfer::Swarm* const swarm = share.swarm;
      if (swarm != nullptr && swarm->had().size() > 0) share.saved_chunks = swarm->had();
    }
  }
  for (HostShare& share : host.shares) end_connections(host, share, said_goodbye);
  host.online = host.leaving = false;
  for (HostShare& share : host.shares) {
    share.swarm = nullptr;
    share.complete = false;
  }
  host.participant.reset();
  host.rng.reset();
  host.mappings.clear();
  trace("gone", host.number);

  if (returns) {
    Rng draw = churn_.fork(numbered("away", host.number, host.stay));
    push(of_seconds(group.away->draw(draw)), EventKind::arrive, host.number, 0);
    return;
  }
  no_longer_open(host);
  if (!group.replaced || hosts_.size() >= kHostsMax) return;
  Host& newcomer = add_host(host.group);
  if (group.role == Role::leech) {
    newcomer.counts_as_open = true;
    ++open_leeches_;
    ++leeches_known_;
  }
  push({}, EventKind::arrive, newcomer.number, 0);
}

}  // namespace stp::sim
