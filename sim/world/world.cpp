#include "sim/world/world.h"

#include <algorithm>

#include "core/result.h"
#include "sim/world/world_impl.h"

namespace stp::sim {
namespace {

constexpr std::uint64_t kFluidCheckEvery = 512;  // checking all links costs as much as hundreds of events

}  // namespace

World::Impl::Impl(const Scenario& scenario, std::uint64_t seed, TraceSink trace)
    : scenario_(scenario),
      policies_(policies_of(scenario)),
      sink_(scenario.trace ? std::move(trace) : TraceSink{}),
      topology_(Rng(seed).fork("topology")),
      churn_(Rng(seed).fork("churn")),
      protocol_(Rng(seed).fork("protocol")),
      workload_(Rng(seed).fork("workload")),
      workload_draws_(Rng(seed).fork("workload draws")),
      network_(Rng(seed).fork("network")),
      behaviour_(Rng(seed).fork("behaviour")),
      sampling_(Rng(seed).fork("sampling")),
      latency_(scenario.network.latency, topology_.fork("latency")),
      loss_(scenario.network.loss),
      dht_behaviour_(behaviour_.fork("dht")) {
  result_.seed = seed;
  for (const char* name : kMessageKinds) message_counts_.push_back({name, 0, 0});
  counts_at_last_sample_ = message_counts_;
  group_samples_.resize(scenario_.groups.size());
  for (std::size_t i = 0; i < scenario_.shares.size(); ++i) {
    shares_.emplace_back(scenario_.shares[i], topology_.fork("share " + std::to_string(i)));
    copies_.emplace_back(scenario_.shares[i].chunks, 0);
  }
  populate();
  for (std::size_t i = 0; i < scenario_.events.size(); ++i) {
    if (!scenario_.events[i].when) push(scenario_.events[i].at, EventKind::deed, 0, i);
  }
  prepare_conditions();
  push(scenario_.sample_every, EventKind::sample, 0, 0);
}

void World::Impl::push(Duration in, EventKind kind, std::uint32_t host, std::uint64_t payload) {
  queue_.push(now_ + in, static_cast<std::uint32_t>(kind), host, payload);
}

bool World::Impl::finished() const {
  return result_.stall || (scenario_.until == Until::complete && leeches_known_ > 0 && open_leeches_ == 0);
}

bool World::Impl::play(std::uint64_t events_max) {
  const Instant end = Instant{} + scenario_.duration;
  for (std::uint64_t played = 0; played < events_max; ++played) {
    if (finished()) return false;
    if (queue_.next_at() > now_) {
      fluid_.settle(now_);
      // Only here: settling again within an instant could give other rates than settling once.
      if (scenario_.check_invariants && events_ >= next_fluid_check_) {
        fluid_.check_invariants();
        next_fluid_check_ = events_ + kFluidCheckEvery;
      }
    }
    const Instant flows_at = fluid_.next_at();
    const bool fluid_first = flows_at <= queue_.next_at();
    const Instant next = fluid_first ? flows_at : queue_.next_at();
    if (next > end) {
      now_ = end;
      return false;
    }
    STP_ASSERT(next >= now_);
    now_ = next;
    ++events_;
    if (fluid_first) {
      while (const auto sent = fluid_.poll_sent(now_)) item_left(*sent);
      // Also if nothing was sent: a window may have grown.
      fluid_.settle(now_);
    } else {
      dispatch(queue_.pop());
    }
    if (look_again_) look_at_conditions();
  }
  return true;
}

void World::Impl::dispatch(const Event& event) {
  hash_.add(static_cast<std::uint64_t>(event.at.time_since_epoch().count()));
  hash_.add((std::uint64_t{event.kind} << 32) | event.host);
  const auto slot = static_cast<std::uint32_t>(event.payload);
  const auto of_this_stay = [&](const Host& host) { return host.online && host.stay == event.payload; };
  switch (static_cast<EventKind>(event.kind)) {
    case EventKind::wake: {
      Host& host = *hosts_[event.host];
      if (!of_this_stay(host) || host.armed != event.at) return;
      host.armed = kNever;
      tell_progress(host);
      host.participant->handle_timeout(now_);
      settle(host);
      if (host.online && host.leaving && !host.participant->withdrawing()) end_stay(host, true);
      return;
    }
    case EventKind::datagram: return datagram_arrives(*hosts_[event.host], slot);
    case EventKind::packet: return deliver(packets_.take(slot));
    case EventKind::dial_arrives: return dial_arrives(slot, static_cast<std::uint32_t>(event.payload >> 32));
    case EventKind::dial_succeeds: return dial_succeeds(slot, static_cast<std::uint32_t>(event.payload >> 32));
    case EventKind::dial_fails: {
      const DialFailure failure = failures_.take(slot);
      Host& host = *hosts_[event.host];
      if (!host.online || host.stay != failure.stay) return;
      HostShare& share = *host.find(failure.share);
      share.swarm->handle_disconnected(failure.handle, failure.why, now_);
      return drain(host, share);
    }
    case EventKind::fin: {
      const Fin fin = fins_.take(slot);
      if (fin.unanswered) return probe_fails(fin.connection, fin.generation, fin.side);
      return fin_arrives(fin.connection, fin.generation, fin.side);
    }
    case EventKind::tracker_request: return tracker_request(slot);
    case EventKind::tracker_reply: return tracker_reply(slot);
    case EventKind::arrive:
      if (!hosts_[event.host]->online) arrive(*hosts_[event.host]);
      return;
    case EventKind::leave: {
      Host& host = *hosts_[event.host];
      if (!of_this_stay(host) || host.leaving) return;
      const Group& group = scenario_.groups[host.group];
      Rng draw = churn_.fork("goodbye " + std::to_string(host.number) + " " + std::to_string(host.stay));
      if (draw.unit() < group.goodbye) {
        leave(host);
      } else {
        vanish(host);
      }
      return;
    }
    case EventKind::gone: {
      Host& host = *hosts_[event.host];
      if (of_this_stay(host) && host.leaving) end_stay(host, true);
      return;
    }
    case EventKind::deed: return perform(scenario_.events[slot], slot);
    case EventKind::look: look_again_ = true; return;
    case EventKind::lan_datagram: return lan_datagram_arrives(*hosts_[event.host], slot);
    case EventKind::sample: return sample();
    case EventKind::lookup: {
      Host& host = *hosts_[event.host];
      if (of_this_stay(host)) begin_lookup(host);
      return;
    }
    case EventKind::announce_key: {
      Host& host = *hosts_[event.host];
      if (of_this_stay(host)) announce_key(host);
      return;
    }
  }
}

bool World::Impl::count_event(Host& host) const {
  constexpr std::uint32_t kAlways = 500;
  constexpr std::uint32_t kThenEvery = 16;
  ++host.events;
  return scenario_.check_invariants && (host.events <= kAlways || host.events % kThenEvery == 0);
}

void World::Impl::carry_out(Host& host, HostShare& share, bool check) {
  transfer::Swarm* const swarm = share.swarm;
  if (swarm == nullptr) return;
  while (auto action = swarm->poll_action()) {
    std::visit([&](auto& a) { act(host, share, a); }, *action);
  }
  while (const auto event = swarm->poll_event()) note(host, share, *event);
  // A noted event may have started the content, and with it more actions.
  while (auto action = swarm->poll_action()) {
    std::visit([&](auto& a) { act(host, share, a); }, *action);
  }
  if (check) swarm->check_invariants();
}

void World::Impl::drain(Host& host, HostShare& share) {
  host.participant->touch(host.id_of(share));
  carry_out(host, share, count_event(host));
  // Only the swarm's timers have changed; the participant learns of them when it settles.
  arm(host, share.swarm->next_timeout());
}

void World::Impl::settle(Host& host) {
  const bool check = count_event(host);
  app::Participant& participant = *host.participant;
  // The only share of a host takes part in whatever happens there; of several, those that it concerns.
  if (host.shares.size() == 1) participant.touch(host.id_of(host.shares.front()));
  participant.settle(now_);
  while (const std::optional<app::ShareId> id = participant.poll_touched()) {
    carry_out(host, host.shares[id->value], check);
    participant.drained(*id);
  }
  if (participant.node() != nullptr) {
    send_datagrams(host);
    collect_lookups(host);
    update_node_id(host);
    if (check) participant.node()->check_invariants();
  }
  announce_locally(host);
  ask_trackers(host);
  if (check) participant.check_invariants();
  arm(host, participant.next_timeout());
}

void World::Impl::arm(Host& host, const std::optional<Instant>& due) {
  if (!due) return;
  const Instant when = std::max(*due, now_);
  // An earlier wake-up arms the next one when it comes.
  if (host.armed <= when) return;
  host.armed = when;
  queue_.push(when, static_cast<std::uint32_t>(EventKind::wake), host.number, host.stay);
}

void World::Impl::note(Host& host, HostShare& share, const transfer::SwarmEvent& event) {
  PeerRecord& record = result_.peers[host.record];
  if (std::holds_alternative<transfer::MetainfoKnown>(event)) {
    begin_content(host, share);
  } else if (const auto* chunk = std::get_if<transfer::ChunkCompleted>(&event)) {
    if (!record.first_chunk) record.first_chunk = since_start();
    ShareRecord* const of_share = record_of(host, share);
    if (of_share != nullptr && !of_share->first_chunk) of_share->first_chunk = since_start();
    ++copies_[share.share][chunk->chunk.value];
    count_leech_chunk(host, share.share, chunk->chunk.value, true);
    last_chunk_at_ = now_;
    if (traced()) {
      const std::string of = shares_.size() > 1 ? "share=" + scenario_.shares[share.share].name + " " : "";
      trace("chunk", host.number, {}, {}, of + "chunk=" + std::to_string(chunk->chunk.value));
    }
  } else if (std::holds_alternative<transfer::Completed>(event)) {
    note_complete(host, share);
  } else if (std::holds_alternative<transfer::PeerBanned>(event)) {
    ++record.banned;
  }
}

void World::Impl::note_complete(Host& host, HostShare& share) {
  share.complete = true;
  if (share.seeds) return;  // it had it from the start
  if (ShareRecord* const record = record_of(host, share)) record->completed = since_start();
  if (host.shares.size() > 1) {
    if (traced()) trace("share", host.number, {}, {}, "share=" + scenario_.shares[share.share].name);
    begin_next_shares(host);
  }
  const bool all = std::ranges::all_of(host.shares, [](const HostShare& s) { return s.seeds || s.complete; });
  if (!all) return;
  const Group& group = scenario_.groups[host.group];
  result_.peers[host.record].completed = since_start();
  ++leeches_complete_;
  ++group_samples_[host.group].complete;
  look_again_ = !conditions_.empty();
  no_longer_open(host);
  trace("complete", host.number);
  if (group.after_complete == AfterComplete::leave) {
    push({}, EventKind::leave, host.number, host.stay);
  } else if (group.stay) {
    Rng draw = churn_.fork("stay " + std::to_string(host.number) + " " + std::to_string(host.stay));
    const double seconds = group.stay->draw(draw);
    push(Duration(static_cast<std::int64_t>(seconds * 1e9)), EventKind::leave, host.number, host.stay);
  }
}

RunProgress World::Impl::progress() const {
  return {since_start(), events_, online_peers_, leeches_complete_, leeches_known_};
}

RunResult World::Impl::finish() {
  for (const auto& host : hosts_) {
    if (host->online) close_record(*host);
  }
  drop_unfinished_lookups();
  collect_traffic();
  collect_messages();
  collect_pairs();
  result_.trace_hash = hash_.value();
  result_.events = events_;
  result_.ended = since_start();
  result_.all_complete = open_leeches_ == 0;
  return std::move(result_);
}

World::World(const Scenario& scenario, std::uint64_t seed, TraceSink trace)
    : impl_(std::make_unique<Impl>(scenario, seed, std::move(trace))) {}
World::~World() = default;
bool World::play(std::uint64_t events_max) {
  return impl_->play(events_max);
}
RunProgress World::progress() const {
  return impl_->progress();
}
RunResult World::finish() {
  return impl_->finish();
}

}  // namespace stp::sim
