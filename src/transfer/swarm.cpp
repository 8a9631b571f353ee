#include "transfer/swarm.h"

#include <algorithm>
#include <array>
#include <utility>
#include <vector>

#include "transfer/swarm_impl.h"

namespace stp::transfer {

Swarm::Impl::Impl(SwarmConfig swarm_config, discovery::PeerDiscovery& discovery, Rng& rng, Instant now)
    : config(std::move(swarm_config)),
      policy(*config.policy),
      outbox(config.tracer),
      roster(config, discovery, outbox, *this, rng),
      proofs(config, outbox, *this, rng),
      download(config, outbox, *this, rng),
      upload(config, outbox, *this, rng, now),
      web_seeds(config, outbox, *this),
      phase_(config.metainfo ? Phase::storage : Phase::metainfo),
      next_upkeep(now + policy.peers.upkeep_interval) {}

void Swarm::Impl::start(Port port, Port port_v6, Instant now) {
  roster.start(port, port_v6, now);
  if (outbox.tracer().on(trace::Level::info)) {
    outbox.tracer().write(trace::Level::info, now, "start", {{"key", config.keys.front().hex()}, {"port", port}});
  }
  obey_private_flag(now);
  announce(now);
  roster.handle_discovery(now);
}

void Swarm::Impl::enter(Phase next, Instant now) {
  phase_ = next;
  if (!outbox.tracer().on(trace::Level::info)) return;
  constexpr std::array<const char*, 5> kNames = {"metainfo", "storage", "hashes", "chunks", "complete"};
  const Holdings& holdings = download.holdings();
  outbox.tracer().write(trace::Level::info, now, "phase",
                        {{"is", kNames[static_cast<std::size_t>(next)]},
                         {"missing", holdings.missing()},
                         {"had", holdings.had().count()}});
}

void Swarm::Impl::obey_private_flag(Instant now) {
  const auto& metainfo = proofs.metainfo();
  if (metainfo && metainfo->is_private() && config.obeys_private_flag) roster.keep_private(now);
}

void Swarm::Impl::start_content(std::optional<content::ChunkHashes> known, Bitfield had, Bitfield wanted, Instant now) {
  STP_ASSERT(phase_ == Phase::storage);
  const bool hashes_known = proofs.start_content(std::move(known));
  download.start_content(std::move(had), std::move(wanted));
  upload.start_content(download.holdings().had().all());
  enter(Phase::hashes, now);
  if (hashes_known || proofs.metainfo()->has_v1()) enter_chunks(now);
  // Peers that came earlier have been waiting to hear what we have.
  std::vector<PeerHandle> waiting;
  for (const auto& [handle, peer] : roster.peers()) {
    if (peer.state == RosterPeer::State::ready) waiting.push_back(handle);
  }
  for (const PeerHandle handle : waiting) {
    if (!roster.contains(handle)) continue;
    download.send_bitfield(handle, now);
    if (download.peer(handle).said_chunks) learn_chunks(handle, now);
  }
  proofs.ask_for_hashes(now);
  roster.dial(now);
}

void Swarm::Impl::enter_chunks(Instant now) {
  enter(download.holdings().missing() == 0 ? Phase::complete : Phase::chunks, now);
  if (phase_ != Phase::complete) {
    web_seeds.join_due(now);
    return download.fill_all(now);
  }
  outbox.report(Completed{});
  if (roster.started()) announce(now);
  download.close_useless(now);
}

void Swarm::Impl::fetch_again(const Bitfield& chunks, Instant now) {
  STP_ASSERT(phase_ == Phase::chunks || phase_ == Phase::complete);
  if (!download.want_again(chunks, now)) return;
  enter(Phase::chunks, now);
  download.show_interest(now);
  download.fill_all(now);
  announce(now);
  // Seeds were disconnected when nothing was missing.
  roster.hurry(now);
  web_seeds.join_due(now);
}

void Swarm::Impl::stop(Instant now) {
  if (outbox.tracer().on(trace::Level::info)) outbox.tracer().write(trace::Level::info, now, "stop");
  upload.stop();
  web_seeds.leave_all("shutting down", now);
  roster.stop(now);
  if (roster.started()) roster.withdraw(announcement(), now);
}

void Swarm::Impl::handle_timeout(Instant now) {
  if (roster.stopped()) return;
  if (now >= upload.next_choke()) upload.rechoke(now);
  if (now >= next_upkeep) {
    next_upkeep = now + policy.peers.upkeep_interval;
    if (roster.started()) roster.update_announcement(announcement());
    roster.keep_up(now);
    roster.give_up_seats(now);
    download.check_outstanding(now);
    if (phase_ == Phase::complete) upload.give_free_slots(now);  // those of peers that take nothing
    roster.make_room_if_stranded(now);
  }
  if (phase_ == Phase::chunks) web_seeds.join_due(now);
  download.handle_timeout(now);
  proofs.handle_timeout(now);
  roster.search_if_due(now);
  roster.dial(now);
}

std::optional<Instant> Swarm::Impl::next_timeout() const {
  if (roster.stopped() || !roster.started()) return std::nullopt;
  Instant next = earlier(roster.next_timeout(), download.next_timeout());
  if (!roster.peers().empty()) next = earlier(next, earlier(upload.next_choke(), next_upkeep));
  if (web_seeds.joined() > 0) next = earlier(next, next_upkeep);
  if (phase_ == Phase::chunks) next = earlier(next, web_seeds.next_timeout());
  next = earlier(next, proofs.next_timeout().value_or(kNever));
  return next == kNever ? std::nullopt : std::optional(next);
}

DataVerdict Swarm::Impl::handle_data(PeerHandle handle, const BlockRun& run, std::span<const Hash256> leaves,
                                     Instant now) {
  if (phase_ == Phase::chunks) roster.note_received(handle, now);
  web_seeds.note_data(handle);
  const Result<DataVerdict> verdict = download.handle_data(handle, run, leaves, now);
  if (verdict) return *verdict;
  protocol_error(handle, verdict.error().message, now);
  return DataVerdict::drop;
}

void Swarm::Impl::handle_file_back(std::size_t file, Instant now) {
  std::vector<ChunkIndex> back;
  for (const auto& [chunk, was_wanted] : upload.take_withheld(file)) {
    if (!download.regain(chunk, was_wanted)) continue;  // it is fetched again
    outbox.report(ChunkBack{chunk});
    back.push_back(chunk);
  }
  download.announce(back, now);
}

Swarm::Swarm(SwarmConfig config, discovery::PeerDiscovery& discovery, Rng& rng, Instant now)
    : impl_(std::make_unique<Impl>(std::move(config), discovery, rng, now)) {}
Swarm::~Swarm() = default;
Swarm::Swarm(Swarm&&) noexcept = default;
Swarm& Swarm::operator=(Swarm&&) noexcept = default;

void Swarm::start(Port port, Instant now, Port port_v6) {
  impl_->start(port, port_v6, now);
}
void Swarm::start_hashes(std::optional<content::ChunkHashes> known, Instant now) {
  STP_ASSERT(impl_->phase_ == Phase::storage);
  impl_->proofs.start_hashes(std::move(known), now);
}
void Swarm::start_content(std::optional<content::ChunkHashes> hashes, Bitfield had, Bitfield wanted, Instant now) {
  impl_->start_content(std::move(hashes), std::move(had), std::move(wanted), now);
}
void Swarm::fetch_again(const Bitfield& chunks, Instant now) {
  impl_->fetch_again(chunks, now);
}
void Swarm::want_first(std::vector<ChunkIndex> chunks, Instant now) {
  impl_->download.want_first(std::move(chunks), now);
}
void Swarm::stop(Instant now) {
  impl_->stop(now);
}
void Swarm::pause(std::string reason, Instant now) {
  const trace::Tracer& tracer = impl_->outbox.tracer();
  if (tracer.on(trace::Level::warn)) tracer.write(trace::Level::warn, now, "pause", {{"why", reason}});
  impl_->download.pause(std::move(reason), now);
}
void Swarm::resume(Instant now) {
  if (impl_->outbox.tracer().on(trace::Level::info)) impl_->outbox.tracer().write(trace::Level::info, now, "resume");
  impl_->download.resume(now);
}
void Swarm::add_key(const SwarmKey& key, Instant now) {
  impl_->roster.add_key(key, now);
}
void Swarm::add_candidate(const discovery::FoundPeer& candidate, Instant now) {
  impl_->roster.add_candidate(candidate, now);
  impl_->roster.dial(now);
}
void Swarm::handle_discovery(Instant now) {
  impl_->roster.handle_discovery(now);
}
void Swarm::handle_connected(PeerHandle peer, Instant now, KeySet keys, PeerWire wire) {
  impl_->roster.handle_connected(peer, now, keys, wire);
}
std::optional<PeerHandle> Swarm::handle_incoming(const Endpoint& from, Instant now, KeySet keys, PeerWire wire) {
  return impl_->roster.handle_incoming(from, now, keys, wire);
}
void Swarm::handle_disconnected(PeerHandle peer, const std::string& reason, Instant now) {
  if (!impl_->roster.contains(peer)) return;
  impl_->roster.handle_disconnected(peer, reason, now);
  impl_->download.fill_all(now);
  impl_->roster.dial(now);
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
  impl_->download.handle_written(run, now);
}
void Swarm::handle_write_failed(const BlockRun& run, const Error& error, Instant now) {
  impl_->download.handle_write_failed(run, error, now);
}
void Swarm::handle_hashed(ChunkIndex chunk, const content::Evidence& evidence, Instant now) {
  impl_->download.handle_hashed(chunk, evidence, now);
}
void Swarm::handle_hash_failed(ChunkIndex chunk, const Error& error, Instant now) {
  impl_->download.handle_hash_failed(chunk, error, now);
}
void Swarm::handle_web_seed_failed(PeerHandle peer, const WebSeedFailure& failure, Instant now) {
  impl_->handle_web_seed_failed(peer, failure, now);
}
void Swarm::handle_blocks_sent(PeerHandle peer, const BlockRun& run, Instant now) {
  impl_->upload.handle_blocks_sent(peer, run, now);
}
void Swarm::handle_leaves_sent(PeerHandle handle, Instant /*now*/) {
  impl_->proofs.handle_leaves_sent(handle);
}
void Swarm::handle_leaves_failed(PeerHandle handle, const SendLeaves& asked, const Error& error, Instant now) {
  static_cast<void>(impl_->upload.miss_chunk(asked.run.chunk, error, now));
  impl_->proofs.handle_leaves_failed(handle, asked.request, now);
}
void Swarm::handle_read_failed(PeerHandle peer, const BlockRun& run, const Error& error, Instant now) {
  impl_->upload.handle_read_failed(peer, run, error, now);
}
bool Swarm::is_withheld(ChunkIndex chunk) const {
  return impl_->upload.is_withheld(chunk);
}
void Swarm::handle_file_back(std::size_t file, Instant now) {
  impl_->handle_file_back(file, now);
}
void Swarm::handle_file_lost(std::size_t file, const Error& error) {
  impl_->upload.handle_file_lost(file, error);
}
void Swarm::handle_timeout(Instant now) {
  impl_->handle_timeout(now);
}
void Swarm::handle_network_change(Instant now) {
  impl_->roster.handle_network_change(now);
}
void Swarm::handle_woken(Instant now) {
  impl_->download.handle_woken(now);
  impl_->roster.handle_woken(now);
}

std::optional<Action> Swarm::poll_action() {
  return impl_->outbox.poll_action();
}
std::optional<SwarmEvent> Swarm::poll_event() {
  return impl_->outbox.poll_event();
}
std::optional<Instant> Swarm::next_timeout() const {
  return impl_->next_timeout();
}

Phase Swarm::phase() const {
  return impl_->phase_;
}
const std::vector<SwarmKey>& Swarm::keys() const {
  return impl_->roster.keys();
}
bool Swarm::trackers_only() const {
  return impl_->roster.is_private();
}
const std::shared_ptr<const content::Metainfo>& Swarm::metainfo() const {
  return impl_->proofs.metainfo();
}
const content::ChunkHashes& Swarm::hashes() const {
  STP_ASSERT(impl_->proofs.hashes().has_value());
  return *impl_->proofs.hashes();
}
const Bitfield& Swarm::had() const {
  return impl_->download.holdings().had();
}
const Bitfield& Swarm::wanted() const {
  return impl_->download.holdings().wanted();
}
std::uint32_t Swarm::availability(ChunkIndex chunk) const {
  const Download& download = impl_->download;
  return download.holdings().had().size() == 0 ? 0 : download.availability().availability(chunk);
}
SwarmStatus Swarm::status(Instant now) const {
  return impl_->status(now);
}

void Swarm::check_invariants() const {
  for (const auto& [handle, peer] : impl_->roster.peers()) {
    STP_ASSERT(!impl_->web_seeds.contains(handle));
    STP_ASSERT(impl_->download.peer(handle).handle == handle && impl_->upload.peer(handle).handle == handle);
  }
  impl_->roster.check_invariants();
  impl_->proofs.check_invariants();
  impl_->download.check_invariants();
  impl_->upload.check_invariants();
}

}  // namespace stp::transfer
