// Swarm: the whole transfer of one share: which peers to talk to, which blocks to request from whom, whom to serve,
// what is verified.
//
// A protocol core: no sockets, threads, clock, files or encodings. It exchanges wire::Message values and learns of
// payload as "these blocks arrived and hash to this". It consists of four owners that share no mutable state, each with
// its own record of every peer; Swarm routes to them what happens and what they ask of each other, and holds the phase:
//   Roster    who is connected, dialled, named to others, banned, or has to leave      roster.h
//   Proofs    the metainfo and the hashes that chunks are judged by                    proofs.h
//   Download  what we and others have, which blocks are requested, what is verified    download.h
//   Upload    whom we serve, with what                                                 upload.h
// Web seeds, which are peers to Download alone, have an owner of their own: web_seeds.h.
// What they want done and report leaves through one Outbox (outbox.h).
//
// Life of a download (Phase):
//
//   metainfo ──MetainfoKnown──▶ storage ──start_content()──▶ hashes ──▶ chunks ──▶ complete
//   the info dictionary is      the driver opens the         piece      blocks     every wanted chunk is
//   fetched from peers          files, says what is there    layers     come in    there; only served now
//
// What has SHA-1 hashes in its metainfo (v1, hybrids) does not wait in `hashes`: chunks can be judged without more.
// start_hashes() fetches the piece layers during `storage`. A seed starts in `complete`. Peers are connected and served
// in every phase, as far as possible.
//
// Driving it: after each handle_*/start_* call drain poll_action() and poll_event(), then arm one timer for
// next_timeout(). The driver also drives the PeerDiscovery; after anything happened there it calls handle_discovery().
//
// Invariants (check_invariants()): those of the owners, and a peer of the roster is in the tables of all of them.
// Not thread-safe. Time enters only as `now`, which never decreases. Rng and PeerDiscovery must outlive the swarm.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "content/metainfo.h"
#include "content/proof.h"
#include "core/bitfield.h"
#include "core/endpoint.h"
#include "core/ids.h"
#include "core/result.h"
#include "core/rng.h"
#include "core/time.h"
#include "discovery/peer_discovery.h"
#include "transfer/actions.h"
#include "transfer/config.h"
#include "transfer/peer_wire.h"
#include "transfer/phase.h"
#include "wire/message.h"

namespace stp::transfer {

/// Current figures. Rates in bytes per second.
struct SwarmStatus {
  Phase phase = Phase::metainfo;
  std::uint32_t chunks_wanted = 0;
  std::uint32_t chunks_had = 0;  // of the wanted ones
  std::int64_t bytes_wanted = 0;
  std::int64_t bytes_had = 0;   // of the wanted ones; verified and written
  std::int64_t downloaded = 0;  // payload received, useful or not, in every phase
  std::int64_t uploaded = 0;    // payload sent
  std::int64_t wasted = 0;      // part of `downloaded` that was dropped or wrong
  double down_rate = 0;
  double up_rate = 0;
  std::uint32_t peers = 0;  // connected, hello exchanged
  std::uint32_t seeds = 0;  // of those, the ones that have everything
  std::uint32_t connecting = 0;
  std::uint32_t candidates = 0;  // known, not connected
  std::uint32_t banned = 0;
  bool trackers_only = false;           // a private torrent (BEP 27): no DHT, no local discovery, no peer exchange
  std::uint32_t full = 0;               // candidates that said so when we last connected, and will be dialled again
  std::uint32_t seats = 0;              // maximum number of connections
  std::uint32_t seats_taken = 0;        // peers and those connecting
  std::uint64_t turned_away = 0;        // newcomers that got no seat
  std::uint32_t web_seeds = 0;          // in use
  std::uint32_t web_seeds_waiting = 0;  // that failed and are tried again
  std::string reason;                   // why there is no progress; empty when there is
};

/// One connected peer, for display.
struct PeerStatus {
  Endpoint endpoint;
  std::string agent;
  double down_rate = 0;
  double up_rate = 0;
  std::uint32_t chunks = 0;  // that it has
  bool has_all = false;
  bool interested_in_it = false;  // it has something that we want
  bool choking_us = true;
  bool choked_by_us = true;
  std::uint32_t outstanding_blocks = 0;
  discovery::Source source = discovery::Source::met;  // how it was found
  bool incoming = false;                              // it connected to us
  PeerWire wire;
};

class Swarm {
 public:
  Swarm(SwarmConfig config, discovery::PeerDiscovery& discovery, Rng& rng, Instant now);
  ~Swarm();
  Swarm(Swarm&&) noexcept;
  Swarm& operator=(Swarm&&) noexcept;

  // --- commands ------------------------------------------------------------------------------------------------------
  /// Begins to announce and look for peers, or goes on with another port. `port`: where we accept connections, or 0.
  /// `port_v6`: the same over IPv6, if it is another one; 0: it is not.
  void start(Port port, Instant now, Port port_v6 = 0);
  /// In Phase::storage, when the data on disk can't be judged without the chunk hashes: fetches those that `known`
  /// lacks. HashesKnown says when hashes() is complete; start_content() then takes them. At most once.
  void start_hashes(std::optional<content::ChunkHashes> known, Instant now);
  /// Storage is ready. `had`: chunks that are on disk and verified; `wanted`: chunks to fetch (all, unless only a part
  /// is wanted). `hashes`: if known from a control file or a .torrent; otherwise they are fetched from peers. The
  /// metainfo is that of MetainfoKnown, or the config's. Only once.
  void start_content(std::optional<content::ChunkHashes> hashes, Bitfield had, Bitfield wanted, Instant now);
  /// These chunks are no longer correct, or were lost (ChunkLost), and are wanted: they count as missing and are
  /// fetched. Completed is reported again when we have them. In Phase::chunks and Phase::complete.
  void fetch_again(const Bitfield& chunks, Instant now);
  /// These chunks come before all others, in this order, as far as they are wanted and missing: somebody waits for them
  /// (read_ahead.h). It replaces the last call's; empty: none. Without any, chunks are chosen by `SwarmConfig::pick` alone.
  void want_first(std::vector<ChunkIndex> chunks, Instant now);
  /// Says goodbye to everybody and withdraws the announcement. The driver drains the last actions and lets the
  /// discovery finish (PeerDiscovery::withdrawing()).
  void stop(Instant now);
  /// Stops asking for blocks until resume(), e.g. because the disk is full; `reason` appears in status().
  void pause(std::string reason, Instant now);
  void resume(Instant now);
  /// The share has one more key, which others announce it under: it is announced, looked for and dialled under that, too.
  /// For a hybrid whose link has one of its two hashes, once the metainfo is known.
  void add_key(const SwarmKey& key, Instant now);
  /// Dials `endpoint` as soon as there is room.
  void add_candidate(const discovery::FoundPeer& candidate, Instant now);

  // --- what happened -------------------------------------------------------------------------------------------------
  /// Discovery may have found peers.
  void handle_discovery(Instant now);
  /// A Connect succeeded: the channel is up. `keys`: under which they met, if the share has several. `wire`: for
  /// peers().
  void handle_connected(PeerHandle peer, Instant now, KeySet keys = {}, PeerWire wire = {});
  /// A peer connected to us and the channel is up. nullopt: refused (stopped, banned); close it. When all seats are
  /// taken, it may be accepted, told so and closed at once.
  [[nodiscard]] std::optional<PeerHandle> handle_incoming(const Endpoint& from, Instant now, KeySet keys = {},
                                                          PeerWire wire = {});
  /// The connection is gone, or a Connect failed.
  void handle_disconnected(PeerHandle peer, const std::string& reason, Instant now);
  void handle_message(PeerHandle peer, wire::Message message, Instant now);
  /// Bytes of an incomplete frame arrived: over a slow link a single frame can take longer than a peer may be silent.
  void handle_progress(PeerHandle peer, Instant now);
  /// An OpenWebSeed came to nothing, or what is requested of it can't be had any more. Close follows.
  void handle_web_seed_failed(PeerHandle peer, const WebSeedFailure& failure, Instant now);
  /// Blocks arrived; leaves[i] is the SHA-256 of block run.first + i. The driver has checked that the run is in the
  /// metainfo and that the payload has its size.
  [[nodiscard]] DataVerdict handle_data(PeerHandle peer, const BlockRun& run, std::span<const Hash256> leaves,
                                        Instant now);
  /// Blocks kept earlier are on disk (may cover several kept runs of one chunk, or part of one).
  void handle_written(const BlockRun& run, Instant now);
  /// They could not be written; they count as missing again. The swarm pauses with the error's message.
  void handle_write_failed(const BlockRun& run, const Error& error, Instant now);
  /// What a HashChunk was answered with. Evidence that is not present: handle_hash_failed().
  void handle_hashed(ChunkIndex chunk, const content::Evidence& evidence, Instant now);
  /// The chunk could not be read back: it counts as missing again. The swarm pauses with the error's message.
  void handle_hash_failed(ChunkIndex chunk, const Error& error, Instant now);
  void handle_blocks_sent(PeerHandle peer, const BlockRun& run, Instant now);
  void handle_leaves_sent(PeerHandle peer, Instant now);
  /// A SendLeaves could not be read; the peer gets a reject, and the chunk is treated as in handle_read_failed().
  void handle_leaves_failed(PeerHandle peer, const SendLeaves& asked, const Error& error, Instant now);
  /// A SendBlocks could not be read from our own storage: the peer gets a reject. After an integrity error the chunk is
  /// never offered again, after a busy error it still is, and after any other error not until handle_file_back().
  void handle_read_failed(PeerHandle peer, const BlockRun& run, const Error& error, Instant now);
  /// Whether the chunk is not offered for now. If so, call handle_file_back() or handle_file_lost() for its file once
  /// its fate is known.
  [[nodiscard]] bool is_withheld(ChunkIndex chunk) const;
  /// The file (of the metainfo) can be read again and is unchanged: its withheld chunks are offered again.
  void handle_file_back(std::size_t file, Instant now);
  /// It never will be.
  void handle_file_lost(std::size_t file, const Error& error);
  void handle_timeout(Instant now);
  /// Our addresses have changed: all candidates are dialled again at once, and the share is announced again.
  void handle_network_change(Instant now);
  /// We were suspended for a while, so the silence was ours. All peers are probed.
  void handle_woken(Instant now);

  // --- output --------------------------------------------------------------------------------------------------------
  [[nodiscard]] std::optional<Action> poll_action();
  [[nodiscard]] std::optional<SwarmEvent> poll_event();
  [[nodiscard]] std::optional<Instant> next_timeout() const;

  // --- looking -------------------------------------------------------------------------------------------------------
  [[nodiscard]] Phase phase() const;
  /// In the order of the positions in a KeySet.
  [[nodiscard]] const std::vector<SwarmKey>& keys() const;
  /// SwarmStatus::trackers_only.
  [[nodiscard]] bool trackers_only() const;
  [[nodiscard]] const std::shared_ptr<const content::Metainfo>& metainfo() const;
  /// The chunk hashes; only from HashesKnown or Phase::chunks on.
  [[nodiscard]] const content::ChunkHashes& hashes() const;
  [[nodiscard]] const Bitfield& had() const;
  [[nodiscard]] const Bitfield& wanted() const;
  /// How many connected peers have the chunk; 0 before start_content().
  [[nodiscard]] std::uint32_t availability(ChunkIndex chunk) const;
  [[nodiscard]] SwarmStatus status(Instant now) const;
  [[nodiscard]] std::vector<PeerStatus> peers(Instant now) const;
  void check_invariants() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace stp::transfer
