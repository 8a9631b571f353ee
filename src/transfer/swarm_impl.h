// The inside of Swarm: its four owners, and what is between them.
//
// It routes messages, timers and the driver's answers to the owner whose matter they are, answers what owners ask about
// each other (their Hosts), and holds what none of them owns: the phase. Included by swarm.cpp (life cycle and the
// driver), swarm_messages.cpp (messages from peers), swarm_hosts.cpp (the owners' Hosts) and swarm_status.cpp only.
#pragma once

#include <optional>
#include <span>
#include <string>

#include "transfer/download.h"
#include "transfer/outbox.h"
#include "transfer/proofs.h"
#include "transfer/roster.h"
#include "transfer/swarm.h"
#include "transfer/upload.h"
#include "transfer/web_seeds.h"

namespace stp::transfer {

struct Swarm::Impl final : Roster::Host, Proofs::Host, Upload::Host, Download::Host, WebSeeds::Host {
  Impl(SwarmConfig swarm_config, discovery::PeerDiscovery& discovery, Rng& rng, Instant now);

  // --- swarm.cpp
  void start(Port port, Port port_v6, Instant now);
  void start_content(std::optional<content::ChunkHashes> known, Bitfield had, Bitfield wanted, Instant now);
  void fetch_again(const Bitfield& chunks, Instant now);
  void stop(Instant now);
  void handle_timeout(Instant now);
  [[nodiscard]] std::optional<Instant> next_timeout() const;
  DataVerdict handle_data(PeerHandle handle, const BlockRun& run, std::span<const Hash256> leaves, Instant now);
  void handle_file_back(std::size_t file, Instant now);
  void announce(Instant now) { roster.announce(announcement(), now); }
  /// Once the metainfo is known: a private one restricts the swarm to its trackers and given peers (BEP 27).
  void obey_private_flag(Instant now);
  void enter(Phase next, Instant now);
  /// All hashes are known.
  void enter_chunks(Instant now);

  // --- swarm_messages.cpp
  void handle_message(PeerHandle handle, wire::Message message, Instant now);
  void handle_progress(PeerHandle handle, Instant now);
  /// The peer has said what it has (or had said it, and now we know what to compare it with).
  void learn_chunks(PeerHandle handle, Instant now);
  void note_chunks(PeerHandle handle, bool has_all, Bytes bits, Instant now);
  /// Our answer to `have`, once Download has taken it.
  void after_have(PeerHandle handle, const Status& status, Instant now);
  /// For what an honest peer never does.
  void protocol_error(PeerHandle handle, const std::string& why, Instant now);

  void handle_web_seed_failed(PeerHandle handle, const WebSeedFailure& failure, Instant now);

  // --- swarm_status.cpp
  [[nodiscard]] SwarmStatus status(Instant now) const;
  [[nodiscard]] std::string reason(const SwarmStatus& status) const;
  /// What trackers are told about us at this moment.
  [[nodiscard]] discovery::Announcement announcement() const;

  // --- swarm_hosts.cpp: of several owners
  [[nodiscard]] Phase phase() const override { return phase_; }
  [[nodiscard]] const Endpoint& endpoint_of(PeerHandle peer) const override;
  [[nodiscard]] const Bitfield& chunks_of(PeerHandle peer) const override { return download.peer(peer).has; }
  [[nodiscard]] bool offers(ChunkIndex chunk) const override { return download.holdings().has(chunk); }
  void close(PeerHandle peer, const std::string& why, Duration redial_after, Instant now) override;
  // Roster::Host
  [[nodiscard]] std::uint32_t metainfo_bytes() const override;
  void peer_joined(PeerHandle peer) override;
  void peer_greeted(PeerHandle peer, std::uint32_t metainfo_bytes, bool first, Instant now) override;
  void peer_left(PeerHandle peer, Instant now) override;
  void retry(PeerHandle peer, Instant now) override { download.retry(peer, now); }
  [[nodiscard]] bool is_stranded() const override;
  [[nodiscard]] bool wants_from_us(PeerHandle peer) const override { return upload.peer(peer).interested; }
  [[nodiscard]] bool is_seed(PeerHandle peer) const override;
  [[nodiscard]] Standing standing_of(PeerHandle peer, Instant since, Instant now) const override;
  [[nodiscard]] double rate_of(PeerHandle peer, Instant now) const override;
  [[nodiscard]] Instant last_use(PeerHandle peer) const override;
  [[nodiscard]] bool is_awaited(PeerHandle peer) const override;
  [[nodiscard]] bool is_clogged(PeerHandle peer, Instant now) const override { return upload.is_clogged(peer, now); }
  // Proofs::Host
  void ban(PeerHandle peer, const std::string& why, Instant now) override;
  void refill(Instant now) override { download.fill_all(now); }
  void handle_metainfo(Instant now) override;
  void handle_unusable_metainfo(const Error& error, Instant now) override;
  void handle_all_hashes(Instant now) override;
  void handle_leaves(const HashFetch::Leaves& leaves, Instant now) override;
  void handle_no_leaves(ChunkIndex chunk, Instant now) override { download.handle_no_leaves(chunk, now); }
  // Upload::Host
  [[nodiscard]] const ChunkPicker& availability() const override { return download.availability(); }
  [[nodiscard]] double rate_to_us(PeerHandle peer, Instant now) const override;
  [[nodiscard]] std::int64_t given_by(PeerHandle peer) const override { return download.peer(peer).down.total(); }
  [[nodiscard]] std::uint32_t slots_max() const override { return roster.slots_max(); }
  std::optional<bool> lose(ChunkIndex chunk, Instant now) override { return download.lose(chunk, now); }
  void note_serving(bool serves) override { roster.note_serving(serves); }
  // Download::Host
  [[nodiscard]] std::optional<bool> is_right(ChunkIndex chunk, std::span<const Hash256> leaves) const override;
  void note_right(ChunkIndex chunk, std::span<const Hash256> leaves, Instant now) override;
  void want_leaves(ChunkIndex chunk, Instant now) override { proofs.want_leaves(chunk, now); }
  void ban(const Contributor& liar, const std::string& why, Instant now) override;
  void close_as_seed(PeerHandle peer, Instant now) override;
  void handle_chunks_known(PeerHandle peer, Instant now) override;
  void handle_chunk_seen(PeerHandle peer, ChunkIndex chunk, Instant now) override;
  void handle_completed(Instant now) override;
  // WebSeeds::Host
  [[nodiscard]] PeerHandle add_web_seed(const content::WebSeed& seed, Instant now) override;
  void web_seed_joined(PeerHandle peer, Instant now) override;
  void web_seed_left(PeerHandle peer, const std::string& why, Instant now) override;

  const SwarmConfig config;
  const TransferConfig& policy;  // of `config`
  Outbox outbox;
  Roster roster;
  Proofs proofs;
  Download download;
  Upload upload;
  WebSeeds web_seeds;
  Phase phase_;
  Instant next_upkeep;
};

}  // namespace stp::transfer
