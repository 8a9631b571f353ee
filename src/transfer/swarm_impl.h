// The inside of Swarm, shared by its .cpp files: swarm.cpp (life cycle and timers), swarm_status.cpp (status),
// swarm_peers.cpp (connections), swarm_messages.cpp (incoming messages), swarm_fetch.cpp (metainfo and hashes),
// swarm_interest.cpp (who has what), swarm_requests.cpp (requesting blocks), swarm_download.cpp (incoming blocks),
// swarm_slots.cpp and swarm_upload.cpp (serving: whom, and what), swarm_seats.cpp (when all seats are taken),
// swarm_announce.cpp (announcements).
#pragma once

#include <deque>
#include <map>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <vector>

#include "transfer/chunk_assembly.h"
#include "transfer/chunk_picker.h"
#include "transfer/intake.h"
#include "transfer/outbox.h"
#include "transfer/peer.h"
#include "transfer/peer_table.h"
#include "transfer/proofs.h"
#include "transfer/roster.h"
#include "transfer/swarm.h"
#include "transfer/upload.h"

namespace stp::transfer {

struct Swarm::Impl final : Roster::Host, Proofs::Host, Upload::Host {
  Impl(SwarmConfig config, discovery::PeerDiscovery& discovery_source, Rng& random, Instant now);

  // --- swarm.cpp
  void start(Port port, Instant now);
  void start_hashes(std::optional<content::ChunkHashes> known, Instant now);
  void start_content(std::optional<content::ChunkHashes> known, Bitfield on_disk, Bitfield wanted_chunks, Instant now);
  void stop(Instant now);
  void handle_timeout(Instant now);
  [[nodiscard]] std::optional<Instant> next_timeout() const;
  void announce(Instant now) { roster.announce(announcement(), now); }
  /// Once the metainfo is known: a private one restricts the swarm to its trackers and given peers (BEP 27).
  void obey_private_flag(Instant now);
  /// What trackers are told about us at this moment.
  [[nodiscard]] discovery::Announcement announcement() const;
  void enter(Phase next, Instant now);
  void check_invariants() const;

  // --- swarm_status.cpp
  [[nodiscard]] SwarmStatus status(Instant now) const;
  [[nodiscard]] std::string reason(const SwarmStatus& status) const;

  // --- swarm_roster.cpp: Roster::Host, and what others need of it
  [[nodiscard]] Phase phase() const override { return phase_; }
  [[nodiscard]] std::uint32_t metainfo_bytes() const override;
  void peer_joined(PeerHandle peer, const Endpoint& remote) override;
  void peer_greeted(PeerHandle peer, std::uint32_t metainfo_bytes, bool first, Instant now) override;
  void peer_left(PeerHandle peer, Instant now) override;
  void retry(PeerHandle peer, Instant now) override;
  [[nodiscard]] bool is_stranded() const override;
  [[nodiscard]] bool wants_from_us(PeerHandle peer) const override;
  [[nodiscard]] Standing standing_of(PeerHandle peer, Instant since, Instant now) const override;
  [[nodiscard]] double rate_of(PeerHandle peer, Instant now) const override;
  [[nodiscard]] Instant last_use(PeerHandle peer) const override;
  [[nodiscard]] bool is_awaited(PeerHandle peer) const override;
  [[nodiscard]] bool is_clogged(PeerHandle peer, Instant now) const override;
  /// For what an honest peer never does.
  void protocol_error(PeerHandle handle, const std::string& why, Instant now);
  void ban(const Contributor& liar, const std::string& why, Instant now) {
    roster.ban(liar.peer, liar.endpoint, why, now);
  }
  void dial(Instant now) { roster.dial(now); }
  /// Whether both we and the peer have everything.
  [[nodiscard]] bool is_useless_to_seed(const Peer& peer) const;
  void close_as_seed(PeerHandle handle, Instant now);
  /// We have become a seed.
  void close_seeds(Instant now);
  [[nodiscard]] Peer* find(PeerHandle handle) { return peers.find(handle); }
  void handle_woken(Instant now);

  // --- swarm_messages.cpp
  void handle_message(PeerHandle handle, wire::Message message, Instant now);
  void handle_progress(PeerHandle handle, Instant now);

  // --- swarm_fetch.cpp: Proofs::Host
  void ban(PeerHandle peer, const std::string& why, Instant now) override;
  void close(PeerHandle peer, const std::string& why, Duration redial_after, Instant now) override;
  void refill(Instant now) override { fill_all(now); }
  void handle_metainfo(Instant now) override;
  void handle_unusable_metainfo(const Error& error) override;
  void handle_all_hashes(Instant now) override;
  void handle_leaves(const HashFetch::Leaves& leaves, Instant now) override;
  void handle_no_leaves(ChunkIndex chunk, Instant now) override;
  [[nodiscard]] const Bitfield& chunks_of(PeerHandle peer) const override;
  [[nodiscard]] bool offers(ChunkIndex chunk) const override { return had.size() > 0 && had.test(chunk); }
  void note_chunks_said(Peer& peer) {
    peer.said_chunks = true;
    proofs.note_chunks_said(peer.handle);
  }
  void enter_chunks(Instant now);

  // --- swarm_interest.cpp
  /// The peer's chunks have become known: counts them and says what we have.
  void learn_chunks(Peer& peer, Instant now);
  void send_bitfield(Peer& peer, Instant now);
  void on_have(Peer& peer, const wire::Have& have, Instant now);
  /// A peer whose chunks we know says that it now has all of them.
  void on_has_rest(Peer& peer, Instant now);
  void on_unavailable(Peer& peer, ChunkIndex chunk, Instant now);
  void update_interest(Peer& peer, Instant now);

  // --- swarm_requests.cpp
  void fill(Peer& peer, Instant now);
  /// Blocks became free: they are requested from peers with room.
  void fill_all(Instant now);
  [[nodiscard]] std::optional<BlockRun> choose_suggested_run(Peer& peer, std::uint32_t blocks_max);
  /// Whether a chunk that the peer suggested is on its way from it or awaits its verdict.
  [[nodiscard]] bool awaits_suggested(const Peer& peer);
  [[nodiscard]] std::optional<BlockRun> choose_run(Peer& peer, std::uint32_t blocks_max);
  [[nodiscard]] std::optional<BlockRun> choose_end_game_run(const Peer& peer, std::uint32_t blocks_max, Instant now);
  /// How many blocks may still be requested a second time: what the end game may waste, less what arrived or may still
  /// arrive twice.
  [[nodiscard]] std::int64_t copies_left();
  /// Whether every missing block has been requested.
  [[nodiscard]] bool is_end_game() const;
  /// How many of `blocks` blocks may be requested from the peer now: all, one, or none.
  [[nodiscard]] std::uint32_t intake_allows(const Peer& peer, std::uint32_t blocks) const;
  /// The peer is asked when there is room again.
  void hold_back(Peer& peer);
  /// Asks peers that were held back while there is room.
  void fill_held_back(Instant now);
  void ask(Peer& peer, const BlockRun& run, Instant now);
  /// Blocks are added to the peer's list or (negative) leave it.
  void count_outstanding(Peer& peer, std::int64_t blocks);
  void set_stalled(Peer& peer, bool stalled);
  struct Struck {
    std::uint32_t blocks = 0;  // that were on the list
    Instant asked;             // the last of them
    bool freed = false;        // some can be requested from others
  };
  /// Removes the run from the peer's list.
  Struck strike(Peer& peer, const BlockRun& run);
  /// Removes an entry from the list. Returns whether blocks became free.
  bool release(Peer& peer, std::size_t entry);
  /// Removes everything: none of it will arrive. Returns whether blocks became free.
  bool release_outstanding(Peer& peer);
  /// Cancels the part of the run that the peer was asked for. It stays on the list until the peer has answered.
  void cancel(Peer& peer, const BlockRun& run, Instant now);
  void cancel_outstanding(Peer& peer, Instant now);
  /// As a seed we keep a connection only while something is still to arrive over it.
  void close_if_settled(PeerHandle handle, Instant now);
  void on_reject(Peer& peer, const wire::Reject& reject, Instant now);

  // --- swarm_download.cpp
  DataVerdict handle_data(PeerHandle handle, const BlockRun& run, std::span<const Hash256> leaves, Instant now);
  void handle_written(const BlockRun& run, Instant now);
  void handle_write_failed(const BlockRun& run, const Error& error, Instant now);
  void cancel_copies(const BlockRun& run, PeerHandle except, Instant now);
  void judge(ChunkIndex chunk, Instant now);
  void complete_chunk(ChunkIndex chunk, Instant now);
  void chunk_is_wrong(ChunkIndex chunk, Instant now);
  /// Forgets unanswered cancels, and deals with peers that keep us waiting.
  void check_outstanding(Instant now);
  /// How long a peer may send none of what it was asked for.
  [[nodiscard]] Duration snub_patience(Instant now) const;

  // --- swarm_download.cpp: Upload::Host, and what others need of it
  [[nodiscard]] const Endpoint& endpoint_of(PeerHandle peer) const override { return roster.endpoint_of(peer); }
  [[nodiscard]] const ChunkPicker& availability() const override { return *picker; }
  [[nodiscard]] double rate_to_us(PeerHandle peer, Instant now) const override {
    return peers.find(peer)->down.rate(now, policy.choker.rate_seconds);
  }
  [[nodiscard]] std::int64_t given_by(PeerHandle peer) const override { return peers.find(peer)->down.total(); }
  [[nodiscard]] std::uint32_t slots_max() const override { return roster.slots_max(); }
  [[nodiscard]] std::optional<bool> lose(ChunkIndex chunk) override;
  void note_serving(bool serves) override { roster.note_serving(serves); }
  void fetch_again(const Bitfield& chunks, Instant now);
  void handle_file_back(std::size_t file, Instant now);

  SwarmConfig config;
  const TransferConfig& policy;  // of `config`
  Rng& rng;
  Outbox outbox;
  Roster roster;

  Phase phase_;
  std::string pause_reason;  // empty: not paused

  std::shared_ptr<const content::Metainfo> metainfo;
  Bitfield had;
  Bitfield wanted;
  std::uint32_t missing = 0;  // wanted chunks not had
  std::int64_t bytes_wanted = 0;
  std::int64_t bytes_had = 0;
  std::int64_t bytes_unwanted = 0;  // of chunks neither wanted nor had
  bool began_incomplete = false;    // wanted chunks were missing when the content was opened

  PeerTable<Peer> peers;
  Proofs proofs;
  Upload upload;
  std::optional<ChunkPicker> picker;
  ChunkAssembly assembly;
  Intake intake;
  std::int64_t outstanding_blocks = 0;  // at all peers that are not stalled
  std::uint32_t sources = 0;            // such peers with outstanding blocks
  std::deque<PeerHandle> held_back;     // would be asked for more if there were room
  Instant next_end_game = kNever;       // when the end game is checked again

  RateMeter down;
  std::int64_t wasted = 0;
  std::int64_t received_twice = 0;  // the part of it requested from two peers

  Instant next_upkeep;
};

}  // namespace stp::transfer
