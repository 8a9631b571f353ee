#include "transfer/swarm.h"

#include <algorithm>
#include <array>
#include <utility>

#include "core/result.h"
#include "transfer/swarm_impl.h"

namespace stp::transfer {

Swarm::Impl::Impl(SwarmConfig swarm_config, discovery::PeerDiscovery& discovery_source, Rng& random, Instant now)
    : config(std::move(swarm_config)),
      policy(*config.policy),
      discovery(discovery_source),
      rng(random),
      phase(config.metainfo ? Phase::storage : Phase::metainfo),
      metainfo(config.metainfo),
      pool(policy, random),
      reachability(policy.peers.reached_for),
      seats(policy.seats),
      member(config.commons),
      metainfo_fetch(config.info_hash, policy.fetch, random),
      intake(policy),
      choker(config.upload_slots_max, policy.choker, random),
      seed_dial_pause(policy.peers.seed_dial_pause),
      dial_up_to(config.connections_wanted),
      next_choke(now + policy.choker.interval),
      next_upkeep(now + policy.peers.upkeep_interval),
      next_search(kNever),
      search_pause(policy.peers.search_first) {
  STP_ASSERT(!metainfo || metainfo->info_hash() == config.info_hash);
}

void Swarm::Impl::start(Port listen_port, Instant now, Port listen_port_v6) {
  port = listen_port;
  port_v6 = listen_port_v6;
  started = true;
  if (config.tracer.on(trace::Level::info)) {
    config.tracer.write(trace::Level::info, now, "start", {{"key", config.key.hex()}, {"port", port}});
  }
  next_search = now + policy.peers.search_first;
  obey_private_flag(now);
  announce(now);
  handle_discovery(now);
}

void Swarm::Impl::enter(Phase next, Instant now) {
  phase = next;
  if (config.tracer.on(trace::Level::info)) {
    constexpr std::array<const char*, 5> kNames = {"metainfo", "storage", "hashes", "chunks", "complete"};
    config.tracer.write(trace::Level::info, now, "phase",
                        {{"is", kNames[static_cast<std::size_t>(next)]}, {"missing", missing}, {"had", had.count()}});
  }
}

void Swarm::Impl::obey_private_flag(Instant now) {
  if (!metainfo || !metainfo->is_private() || !config.obeys_private_flag || trackers_only) return;
  trackers_only = true;
  discovery.keep_private(config.key, now);
  // Peers dialled on a stranger's word are disconnected; those that dialled us may stay.
  std::vector<PeerHandle> dialled;
  for (const auto& [handle, peer] : peers) {
    if (!peer.incoming && !pool.may_be_dialled_in_private(peer.remote)) dialled.push_back(handle);
  }
  for (const PeerHandle handle : dialled) {
    close(handle, wire::ByeReason::done, "the torrent is private: peers come only from its trackers", {}, now);
  }
  pool.keep_private();
}

void Swarm::Impl::start_hashes(std::optional<content::ChunkHashes> known, Instant now) {
  STP_ASSERT(phase == Phase::storage && metainfo && !hash_fetch);
  hashes = known ? std::move(*known) : content::ChunkHashes(metainfo);
  hash_fetch.emplace(metainfo, policy.fetch);
  if (hashes->complete()) {
    events.push_back(HashesKnown{});
    return;
  }
  hash_fetch->want_layers(*hashes);
  ask_for_hashes(now);
}

void Swarm::Impl::start_content(std::optional<content::ChunkHashes> known, Bitfield on_disk, Bitfield wanted_chunks,
                                Instant now) {
  STP_ASSERT(phase == Phase::storage && metainfo);
  const std::uint32_t chunks = metainfo->chunk_count();
  STP_ASSERT(on_disk.size() == chunks && wanted_chunks.size() == chunks);
  had = std::move(on_disk);
  wanted = std::move(wanted_chunks);
  hashes = known ? std::move(*known) : content::ChunkHashes(metainfo);
  hash_fetch.emplace(metainfo, policy.fetch);
  picker.emplace(chunks, rng);
  for (ChunkIndex c; c.value < chunks; ++c) {
    if (!wanted.test(c)) continue;
    bytes_wanted += metainfo->bytes_of(c);
    if (had.test(c)) {
      bytes_had += metainfo->bytes_of(c);
    } else {
      ++missing;
      picker->add(c);
    }
  }
  for (ChunkIndex c; c.value < chunks; ++c) {
    if (!wanted.test(c) && !had.test(c)) bytes_unwanted += metainfo->bytes_of(c);
  }
  began_incomplete = missing > 0;
  if (had.all() && policy.seed_plan.enabled) seed_plan.emplace(chunks, policy.seed_plan, rng);
  enter(Phase::hashes, now);
  if (hashes->complete()) {
    hash_server.emplace(metainfo, *hashes);
    enter_chunks(now);
  } else {
    hash_fetch->want_layers(*hashes);
  }
  // Peers that came earlier have been waiting to hear what we have.
  std::vector<PeerHandle> waiting;
  for (const auto& [handle, peer] : peers) {
    if (peer.state == Peer::State::ready) waiting.push_back(handle);
  }
  for (const PeerHandle handle : waiting) {
    if (Peer* peer = find(handle)) send_bitfield(*peer, now);
    if (Peer* peer = find(handle)) learn_chunks(*peer, now);
  }
  ask_for_hashes(now);
  dial(now);
}

void Swarm::Impl::stop(Instant now) {
  stopped = true;
  if (config.tracer.on(trace::Level::info)) config.tracer.write(trace::Level::info, now, "stop");
  std::vector<PeerHandle> all;
  for (const auto& [handle, peer] : peers) all.push_back(handle);
  for (const PeerHandle handle : all) close(handle, wire::ByeReason::shutting_down, "shutting down", {}, now);
  if (!started) return;
  discovery.update(config.key, announcement());
  discovery.stop(config.key, now);
}

void Swarm::Impl::handle_timeout(Instant now) {
  if (stopped) return;
  if (now >= next_choke) rechoke(now);
  if (now >= next_upkeep) {
    next_upkeep = now + policy.peers.upkeep_interval;
    if (started) discovery.update(config.key, announcement());
    std::vector<std::pair<PeerHandle, std::string>> dead;
    for (auto& [handle, peer] : peers) {
      if (peer.state == Peer::State::greeting && now >= peer.since + policy.peers.hello_timeout) {
        dead.emplace_back(handle, "sent no hello");
      } else if (peer.state != Peer::State::connecting && now >= peer.last_received + policy.peers.silent_after) {
        dead.emplace_back(handle, "fell silent");
      } else if (peer.state == Peer::State::ready) {
        if (now >= peer.last_sent + policy.peers.keep_alive_after) send(peer, wire::KeepAlive{}, now);
        if (now >= peer.next_exchange) exchange_peers(peer, now);
        if (std::exchange(peer.turned_away, false)) fill(peer, now);
        const bool awaited = peer.outstanding_blocks > 0 || peer.uploading_bytes > 0;
        const bool silent = now >= std::max(peer.last_received, peer.last_use) + policy.peers.probe_after;
        if (awaited && silent && now >= peer.probed_at + policy.peers.probe_again) probe(peer, now);
        // Otherwise a few peers that ask and don't read would keep everybody else from being served.
        const bool unread = peer.uploading_bytes > 0 && now >= peer.last_taken + policy.uploads.unread_after;
        if (unread && uploading_bytes >= policy.uploads.window_total)
          dead.emplace_back(handle, "reads nothing of what it asked for");
      }
    }
    for (const auto& [handle, why] : dead) close(handle, wire::ByeReason::protocol, why, policy.peers.retry_max, now);
    give_up_seats(now);
    check_outstanding(now);
    if (phase == Phase::complete) give_free_slots(now);  // those of peers that take nothing
    make_room_if_stranded(now);
  }
  if (now >= next_end_game) {
    next_end_game = kNever;
    fill_all(now);
  }
  if (phase == Phase::metainfo) {
    if (const auto silent = metainfo_fetch.handle_timeout(now)) {
      close(*silent, wire::ByeReason::protocol, "did not send the metainfo it says it has", policy.peers.retry_first,
            now);
    }
    ask_for_metainfo(now);
  }
  if (hash_fetch) {
    hash_fetch->handle_timeout(now);
    while (const auto chunk = hash_fetch->poll_given_up()) give_up_on_leaves(*chunk, now);
    ask_for_hashes(now);
  }
  search_if_due(now);
  dial(now);
}

std::optional<Instant> Swarm::Impl::next_timeout() const {
  if (stopped || !started) return std::nullopt;
  Instant next = earlier(next_search, next_end_game);
  if (!peers.empty()) next = earlier(next, earlier(next_choke, next_upkeep));
  if (can_dial()) {
    if (const auto due = pool.next_due()) next = earlier(next, std::max(*due, next_dial));
  }
  if (phase == Phase::metainfo) {
    if (const auto due = metainfo_fetch.next_timeout()) next = earlier(next, *due);
  }
  if (hash_fetch) {
    if (const auto due = hash_fetch->next_timeout()) next = earlier(next, *due);
  }
  return next == kNever ? std::nullopt : std::optional(next);
}

void Swarm::Impl::check_invariants() const {
  pool.check_invariants();
  assembly.check_invariants();
  if (!picker) return;
  picker->check_invariants();
  if (seed_plan) seed_plan->check_invariants();
  std::map<std::pair<ChunkIndex, std::uint32_t>, std::uint32_t> copies;
  std::vector<std::uint32_t> availability(had.size(), 0);
  std::int64_t uploading = 0;
  std::int64_t outstanding = 0;
  std::uint32_t with_outstanding = 0;
  std::vector<const Peer*> unchoked;
  std::uint32_t dialled = 0;
  for (const auto& [handle, peer] : peers) {
    std::uint32_t blocks = 0;
    for (const Outstanding& out : peer.outstanding) {
      blocks += out.run.count;
      STP_ASSERT((!peer.choking_us || out.cancelled != kNever) && peer.has.test(out.run.chunk));
      for (std::uint32_t i = 0; i < out.run.count; ++i) ++copies[{out.run.chunk, out.run.first + i}];
    }
    STP_ASSERT(blocks == peer.outstanding_blocks);
    outstanding += peer.stalled ? 0 : blocks;
    with_outstanding += blocks > 0 && !peer.stalled;
    STP_ASSERT(peer.held_back == (std::ranges::count(held_back, handle) == 1));
    uploading += peer.uploading_bytes;
    std::uint32_t interesting = 0;
    for (ChunkIndex c; c.value < peer.has.size(); ++c) {
      if (!peer.has.test(c)) continue;
      ++availability[c.value];
      interesting += wanted.test(c) && !had.test(c);
    }
    STP_ASSERT(interesting == peer.interesting);
    if (!peer.choked_by_us) unchoked.push_back(&peer);
    STP_ASSERT(peer.asked_of_us.empty() || !peer.choked_by_us);
    dialled += peer.state == Peer::State::connecting;
  }
  STP_ASSERT(std::ranges::equal(unchoked, served) && dialled == connecting);
  STP_ASSERT(uploading == uploading_bytes);
  STP_ASSERT(outstanding == outstanding_blocks && with_outstanding == sources);
  std::uint32_t lacking = 0;
  for (ChunkIndex c; c.value < had.size(); ++c) {
    STP_ASSERT(picker->availability(c) == availability[c.value]);
    const bool partial = assembly.all().contains(c);
    STP_ASSERT(picker->contains(c) == (wanted.test(c) && !had.test(c) && !partial));
    STP_ASSERT(!(partial && had.test(c)));
    lacking += wanted.test(c) && !had.test(c);
  }
  STP_ASSERT(lacking == missing);
  for (const auto& [chunk, partial] : assembly.all()) {
    for (std::uint32_t i = 0; i < partial.blocks.size(); ++i) {
      const auto found = copies.find({chunk, i});
      STP_ASSERT(partial.blocks[i].copies == (found == copies.end() ? 0 : found->second));
    }
  }
}

Swarm::Swarm(SwarmConfig config, discovery::PeerDiscovery& discovery, Rng& rng, Instant now)
    : impl_(std::make_unique<Impl>(std::move(config), discovery, rng, now)) {}
Swarm::~Swarm() = default;
Swarm::Swarm(Swarm&&) noexcept = default;
Swarm& Swarm::operator=(Swarm&&) noexcept = default;

void Swarm::start(Port port, Instant now, Port port_v6) {
  impl_->start(port, now, port_v6);
}
void Swarm::start_hashes(std::optional<content::ChunkHashes> known, Instant now) {
  impl_->start_hashes(std::move(known), now);
}
void Swarm::start_content(std::optional<content::ChunkHashes> hashes, Bitfield had, Bitfield wanted, Instant now) {
  impl_->start_content(std::move(hashes), std::move(had), std::move(wanted), now);
}
void Swarm::fetch_again(const Bitfield& chunks, Instant now) {
  impl_->fetch_again(chunks, now);
}
void Swarm::stop(Instant now) {
  impl_->stop(now);
}
void Swarm::pause(std::string reason, Instant now) {
  impl_->pause_reason = std::move(reason);
  const trace::Tracer& tracer = impl_->config.tracer;
  if (tracer.on(trace::Level::warn)) tracer.write(trace::Level::warn, now, "pause", {{"why", impl_->pause_reason}});
  for (auto& [handle, peer] : impl_->peers) {
    impl_->cancel_outstanding(peer, now);
  }
}
void Swarm::resume(Instant now) {
  impl_->pause_reason.clear();
  if (impl_->config.tracer.on(trace::Level::info)) impl_->config.tracer.write(trace::Level::info, now, "resume");
  impl_->fill_all(now);
}
void Swarm::add_candidate(const discovery::FoundPeer& candidate, Instant now) {
  impl_->add_candidate(candidate, now);
  impl_->dial(now);
}
void Swarm::handle_discovery(Instant now) {
  impl_->handle_discovery(now);
}
void Swarm::handle_connected(PeerHandle peer, Instant now) {
  impl_->handle_connected(peer, now);
}
std::optional<PeerHandle> Swarm::handle_incoming(const Endpoint& from, Instant now) {
  return impl_->handle_incoming(from, now);
}
void Swarm::handle_disconnected(PeerHandle peer, const std::string& reason, Instant now) {
  impl_->handle_disconnected(peer, reason, now);
}
void Swarm::handle_message(PeerHandle peer, wire::Message message, Instant now) {
  impl_->handle_message(peer, std::move(message), now);
}
void Swarm::handle_progress(PeerHandle peer, Instant now) {
  impl_->handle_progress(peer, now);
}
DataVerdict Swarm::handle_data(PeerHandle peer, const BlockRun& run, std::span<const Hash256> leaves, Instant now) {
  return impl_->handle_data(peer, run, leaves, now);
}
void Swarm::handle_written(const BlockRun& run, Instant now) {
  impl_->handle_written(run, now);
}
void Swarm::handle_write_failed(const BlockRun& run, const Error& error, Instant now) {
  impl_->handle_write_failed(run, error, now);
}
void Swarm::handle_blocks_sent(PeerHandle peer, const BlockRun& run, Instant now) {
  impl_->handle_blocks_sent(peer, run, now);
}
void Swarm::handle_leaves_sent(PeerHandle handle, Instant /*now*/) {
  if (Peer* peer = impl_->find(handle)) --peer->leaf_requests;
}
void Swarm::handle_leaves_failed(PeerHandle handle, const SendLeaves& asked, const Error& error, Instant now) {
  static_cast<void>(impl_->miss_chunk(asked.run.chunk, error));
  Peer* peer = impl_->find(handle);
  if (peer == nullptr) return;
  --peer->leaf_requests;
  impl_->send(*peer, wire::HashReject{asked.request}, now);
}
void Swarm::handle_read_failed(PeerHandle peer, const BlockRun& run, const Error& error, Instant now) {
  impl_->handle_read_failed(peer, run, error, now);
}
bool Swarm::is_withheld(ChunkIndex chunk) const {
  return impl_->withheld.contains(chunk);
}
void Swarm::handle_file_back(std::size_t file, Instant now) {
  impl_->handle_file_back(file, now);
}
void Swarm::handle_file_lost(std::size_t file, const Error& error) {
  impl_->handle_file_lost(file, error);
}
void Swarm::handle_timeout(Instant now) {
  impl_->handle_timeout(now);
}
void Swarm::handle_network_change(Instant now) {
  impl_->handle_network_change(now);
}
void Swarm::handle_woken(Instant now) {
  impl_->handle_woken(now);
}

std::optional<Action> Swarm::poll_action() {
  if (impl_->actions.empty()) return std::nullopt;
  Action action = std::move(impl_->actions.front());
  impl_->actions.pop_front();
  return action;
}
std::optional<SwarmEvent> Swarm::poll_event() {
  if (impl_->events.empty()) return std::nullopt;
  SwarmEvent event = std::move(impl_->events.front());
  impl_->events.pop_front();
  return event;
}
std::optional<Instant> Swarm::next_timeout() const {
  return impl_->next_timeout();
}

Phase Swarm::phase() const {
  return impl_->phase;
}
const SwarmKey& Swarm::key() const {
  return impl_->config.key;
}
bool Swarm::trackers_only() const {
  return impl_->trackers_only;
}
const std::shared_ptr<const content::Metainfo>& Swarm::metainfo() const {
  return impl_->metainfo;
}
const content::ChunkHashes& Swarm::hashes() const {
  STP_ASSERT(impl_->hashes.has_value());
  return *impl_->hashes;
}
const Bitfield& Swarm::had() const {
  return impl_->had;
}
SwarmStatus Swarm::status(Instant now) const {
  return impl_->status(now);
}

void Swarm::check_invariants() const {
  impl_->check_invariants();
}

}  // namespace stp::transfer
