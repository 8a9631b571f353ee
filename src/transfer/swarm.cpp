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
      rng(random),
      outbox(config.tracer),
      roster(config, discovery_source, outbox, *this, random),
      phase_(config.metainfo ? Phase::storage : Phase::metainfo),
      metainfo(config.metainfo),
      proofs(config, outbox, *this, random),
      upload(config, outbox, *this, random, now),
      intake(policy),
      next_upkeep(now + policy.peers.upkeep_interval) {}

void Swarm::Impl::start(Port port, Instant now) {
  roster.start(port, now);
  if (outbox.tracer().on(trace::Level::info)) {
    outbox.tracer().write(trace::Level::info, now, "start", {{"key", config.key.hex()}, {"port", port}});
  }
  obey_private_flag(now);
  announce(now);
  roster.handle_discovery(now);
}

void Swarm::Impl::enter(Phase next, Instant now) {
  phase_ = next;
  if (outbox.tracer().on(trace::Level::info)) {
    constexpr std::array<const char*, 5> kNames = {"metainfo", "storage", "hashes", "chunks", "complete"};
    outbox.tracer().write(trace::Level::info, now, "phase",
                          {{"is", kNames[static_cast<std::size_t>(next)]}, {"missing", missing}, {"had", had.count()}});
  }
}

void Swarm::Impl::obey_private_flag(Instant now) {
  if (metainfo && metainfo->is_private() && config.obeys_private_flag) roster.keep_private(now);
}

void Swarm::Impl::start_hashes(std::optional<content::ChunkHashes> known, Instant now) {
  STP_ASSERT(phase_ == Phase::storage);
  proofs.start_hashes(std::move(known), now);
}

void Swarm::Impl::start_content(std::optional<content::ChunkHashes> known, Bitfield on_disk, Bitfield wanted_chunks,
                                Instant now) {
  STP_ASSERT(phase_ == Phase::storage && metainfo);
  const std::uint32_t chunks = metainfo->chunk_count();
  STP_ASSERT(on_disk.size() == chunks && wanted_chunks.size() == chunks);
  had = std::move(on_disk);
  wanted = std::move(wanted_chunks);
  const bool hashes_known = proofs.start_content(std::move(known));
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
  upload.start_content(had.all());
  enter(Phase::hashes, now);
  if (hashes_known) enter_chunks(now);
  // Peers that came earlier have been waiting to hear what we have.
  std::vector<PeerHandle> waiting;
  for (const auto& [handle, peer] : roster.peers()) {
    if (peer.state == RosterPeer::State::ready) waiting.push_back(handle);
  }
  for (const PeerHandle handle : waiting) {
    if (Peer* peer = find(handle)) send_bitfield(*peer, now);
    if (Peer* peer = find(handle)) learn_chunks(*peer, now);
  }
  proofs.ask_for_hashes(now);
  dial(now);
}

void Swarm::Impl::stop(Instant now) {
  if (outbox.tracer().on(trace::Level::info)) outbox.tracer().write(trace::Level::info, now, "stop");
  upload.stop();
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
    check_outstanding(now);
    if (phase_ == Phase::complete) upload.give_free_slots(now);  // those of peers that take nothing
    roster.make_room_if_stranded(now);
  }
  if (now >= next_end_game) {
    next_end_game = kNever;
    fill_all(now);
  }
  proofs.handle_timeout(now);
  roster.search_if_due(now);
  dial(now);
}

std::optional<Instant> Swarm::Impl::next_timeout() const {
  if (roster.stopped() || !roster.started()) return std::nullopt;
  Instant next = earlier(roster.next_timeout(), next_end_game);
  if (!peers.empty()) next = earlier(next, earlier(upload.next_choke(), next_upkeep));
  next = earlier(next, proofs.next_timeout().value_or(kNever));
  return next == kNever ? std::nullopt : std::optional(next);
}

void Swarm::Impl::check_invariants() const {
  roster.check_invariants();
  assembly.check_invariants();
  proofs.check_invariants();
  upload.check_invariants();
  if (!picker) return;
  picker->check_invariants();
  std::map<std::pair<ChunkIndex, std::uint32_t>, std::uint32_t> copies;
  std::vector<std::uint32_t> availability(had.size(), 0);
  std::int64_t outstanding = 0;
  std::uint32_t with_outstanding = 0;
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
    std::uint32_t interesting = 0;
    for (ChunkIndex c; c.value < peer.has.size(); ++c) {
      if (!peer.has.test(c)) continue;
      ++availability[c.value];
      interesting += wanted.test(c) && !had.test(c);
    }
    STP_ASSERT(interesting == peer.interesting);
  }
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

void Swarm::start(Port port, Instant now) {
  impl_->start(port, now);
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
  const trace::Tracer& tracer = impl_->outbox.tracer();
  if (tracer.on(trace::Level::warn)) tracer.write(trace::Level::warn, now, "pause", {{"why", impl_->pause_reason}});
  for (auto& [handle, peer] : impl_->peers) {
    impl_->cancel_outstanding(peer, now);
  }
}
void Swarm::resume(Instant now) {
  impl_->pause_reason.clear();
  if (impl_->outbox.tracer().on(trace::Level::info)) impl_->outbox.tracer().write(trace::Level::info, now, "resume");
  impl_->fill_all(now);
}
void Swarm::add_candidate(const discovery::FoundPeer& candidate, Instant now) {
  impl_->roster.add_candidate(candidate, now);
  impl_->roster.dial(now);
}
void Swarm::handle_discovery(Instant now) {
  impl_->roster.handle_discovery(now);
}
void Swarm::handle_connected(PeerHandle peer, Instant now) {
  impl_->roster.handle_connected(peer, now);
}
std::optional<PeerHandle> Swarm::handle_incoming(const Endpoint& from, Instant now) {
  return impl_->roster.handle_incoming(from, now);
}
void Swarm::handle_disconnected(PeerHandle peer, const std::string& reason, Instant now) {
  if (!impl_->roster.contains(peer)) return;
  impl_->roster.handle_disconnected(peer, reason, now);
  impl_->fill_all(now);
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
  impl_->handle_written(run, now);
}
void Swarm::handle_write_failed(const BlockRun& run, const Error& error, Instant now) {
  impl_->handle_write_failed(run, error, now);
}
void Swarm::handle_blocks_sent(PeerHandle peer, const BlockRun& run, Instant now) {
  impl_->upload.handle_blocks_sent(peer, run, now);
}
void Swarm::handle_leaves_sent(PeerHandle handle, Instant /*now*/) {
  impl_->proofs.handle_leaves_sent(handle);
}
void Swarm::handle_leaves_failed(PeerHandle handle, const SendLeaves& asked, const Error& error, Instant now) {
  static_cast<void>(impl_->upload.miss_chunk(asked.run.chunk, error));
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
  impl_->handle_woken(now);
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
const SwarmKey& Swarm::key() const {
  return impl_->config.key;
}
bool Swarm::trackers_only() const {
  return impl_->roster.is_private();
}
const std::shared_ptr<const content::Metainfo>& Swarm::metainfo() const {
  return impl_->metainfo;
}
const content::ChunkHashes& Swarm::hashes() const {
  STP_ASSERT(impl_->proofs.hashes().has_value());
  return *impl_->proofs.hashes();
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
