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

#include "transfer/choker.h"
#include "transfer/chunk_assembly.h"
#include "transfer/chunk_picker.h"
#include "transfer/commons.h"
#include "transfer/hash_fetch.h"
#include "transfer/hash_server.h"
#include "transfer/intake.h"
#include "transfer/metainfo_fetch.h"
#include "transfer/peer.h"
#include "transfer/peer_pool.h"
#include "transfer/peer_table.h"
#include "transfer/reachability.h"
#include "transfer/seats.h"
#include "transfer/seed_plan.h"
#include "transfer/swarm.h"

namespace stp::transfer {

struct Swarm::Impl {
  Impl(SwarmConfig config, discovery::PeerDiscovery& discovery_source, Rng& random, Instant now);

  // --- swarm.cpp
  void start(Port listen_port, Instant now, Port listen_port_v6);
  void start_hashes(std::optional<content::ChunkHashes> known, Instant now);
  void start_content(std::optional<content::ChunkHashes> known, Bitfield on_disk, Bitfield wanted_chunks, Instant now);
  void stop(Instant now);
  void handle_timeout(Instant now);
  [[nodiscard]] std::optional<Instant> next_timeout() const;
  void announce(Instant now);
  /// Once the metainfo is known: a private one restricts the swarm to its trackers and given peers (BEP 27).
  void obey_private_flag(Instant now);
  /// What trackers are told about us at this moment.
  [[nodiscard]] discovery::Announcement announcement() const;
  void enter(Phase next, Instant now);
  void check_invariants() const;

  // --- swarm_status.cpp
  [[nodiscard]] SwarmStatus status(Instant now) const;
  [[nodiscard]] std::string reason(const SwarmStatus& status) const;

  // --- swarm_peers.cpp
  [[nodiscard]] bool can_dial() const;
  void dial(Instant now);
  void dial(const Endpoint& endpoint, Instant now);
  /// Adds to the pool, unless the share is private and the source may not serve it. Returns whether it is new there.
  bool add_candidate(const discovery::FoundPeer& found, Instant now);
  void search_if_due(Instant now);
  void handle_discovery(Instant now);
  void handle_connected(PeerHandle handle, Instant now);
  std::optional<PeerHandle> handle_incoming(const Endpoint& from, Instant now);
  void handle_disconnected(PeerHandle handle, const std::string& why, Instant now);
  /// What we say to a peer first, and again when the metainfo becomes known.
  [[nodiscard]] wire::Hello hello_for(const Peer& peer) const;
  void send(Peer& peer, wire::Message message, Instant now);
  /// Says Bye, forgets the peer and lets the driver close. It is not redialled before `redial_after`.
  void close(PeerHandle handle, wire::ByeReason bye, const std::string& why, Duration redial_after, Instant now);
  /// The connection to `endpoint` ended: it may be dialled again later. After a duplicate, the other connection stays.
  void gone(const Endpoint& endpoint, Duration redial_after, bool maybe_duplicate, Instant now);
  /// Whether a peer that listens at `endpoint` is connected.
  [[nodiscard]] bool goes_on(const Endpoint& endpoint) const;
  /// For what an honest peer never does.
  void protocol_error(PeerHandle handle, const std::string& why, Instant now);
  void ban(const Contributor& liar, const std::string& why, Instant now);
  /// Removes the peer from all bookkeeping.
  void forget(PeerHandle handle, Instant now);
  /// Whether both we and the peer have everything.
  [[nodiscard]] bool is_useless_to_seed(const Peer& peer) const;
  void close_as_seed(PeerHandle handle, Instant now);
  /// We have become a seed.
  void close_seeds(Instant now);
  /// As a seed, we have learnt what a peer that we dialled has.
  void note_dialled(const Peer& peer, Instant now);
  /// Whether no connected peer has anything that we lack.
  [[nodiscard]] bool is_stranded() const;
  /// If stranded with as many peers as we want: disconnects some so that others can be dialled.
  void make_room_if_stranded(Instant now);
  [[nodiscard]] Peer* find(PeerHandle handle);
  /// Writes a trace line about the peer, if enabled.
  void trace_peer(const Peer& peer, std::string_view what, std::string_view why, Instant now) const;
  void handle_network_change(Instant now);
  void handle_woken(Instant now);
  /// Has the driver find out whether the peer is still there.
  void probe(Peer& peer, Instant now);

  // --- swarm_seats.cpp
  [[nodiscard]] Standing standing_of(const Peer& peer, Instant now) const;
  /// All seats are taken: makes a peer leave for a newcomer from `origin`, if that is due (Seats).
  [[nodiscard]] bool make_room(const IpAddress& origin, Instant now);
  /// Other swarms of this participant are short of seats: peers leave that are worth least.
  void give_up_seats(Instant now);
  /// Tells the commons what we hold.
  void note_held() { member.hold(static_cast<std::uint32_t>(peers.size()), !served.empty()); }
  /// A newcomer gets no seat.
  void turn_away(PeerHandle handle, Instant now);
  /// Names others to try, and closes.
  void say_full(PeerHandle handle, const std::string& why, Instant now);

  // --- swarm_messages.cpp
  void handle_message(PeerHandle handle, wire::Message message, Instant now);
  void handle_progress(PeerHandle handle, Instant now);
  void on_hello(Peer& peer, const wire::Hello& hello, Instant now);
  void on_peers(Peer& peer, const wire::Peers& peers, Instant now);
  void exchange_peers(Peer& peer, Instant now);
  /// Where peers that came after `after` listen, for `peer`.
  [[nodiscard]] wire::Peers others_for(const Peer& peer, Instant after) const;

  // --- swarm_fetch.cpp
  void ask_for_metainfo(Instant now);
  void on_metainfo_request(Peer& peer, const wire::MetainfoRequest& request, Instant now);
  void on_metainfo_part(Peer& peer, const wire::MetainfoPart& part, Instant now);
  void ask_for_hashes(Instant now);
  void on_hash_request(Peer& peer, const wire::HashRequest& request, Instant now);
  void on_hashes(Peer& peer, const wire::Hashes& hashes, Instant now);
  void on_true_leaves(const HashFetch::Leaves& leaves, Instant now);
  void give_up_on_leaves(ChunkIndex chunk, Instant now);
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
  [[nodiscard]] bool is_right(ChunkIndex chunk, std::span<const Hash256> leaves) const;

  // --- swarm_slots.cpp
  void on_interested(Peer& peer, bool interested, Instant now);
  void rechoke(Instant now);
  /// Used by peers that want something and take it.
  [[nodiscard]] std::uint32_t slots_in_use(Instant now) const;
  /// Whether an unchoked peer uses its slot. As a seed we hand on the slots of peers that don't.
  [[nodiscard]] bool takes(const Peer& peer, Instant now) const;
  /// How long what we send now may wait on our own link behind data for others.
  [[nodiscard]] Duration upload_delay(Instant now) const;
  void give_free_slots(Instant now);
  /// To the upload rate, also between rounds: ten seconds are a whole transfer on a fast network.
  void adapt_slots(Instant now);
  [[nodiscard]] bool owes(const Peer& peer) const;
  [[nodiscard]] ChokerPeer choker_peer(const Peer& peer, Instant now) const;
  void set_choked(Peer& peer, bool choked, Instant now);
  /// As a first seed: suggests chunks to the peer, ahead of what it takes per second.
  void suggest(Peer& peer, Instant now);
  /// The peer has the chunk, or has been sent all of it.
  void keep_promise(Peer& peer, ChunkIndex chunk, Instant now);
  void give_back_promises(Peer& peer);
  /// The peer's account in the seed plan, which must exist.
  [[nodiscard]] SeedPlan::Recipient recipient_of(Peer& peer);
  /// How little we, as a seed, trust the peer: as the first seed (SeedPlan::doubt), or for what it owed us as a leech.
  [[nodiscard]] std::uint32_t doubt(const Peer& peer) const;
  /// Whether a peer is waiting that is doubted at most this much and did not let its last turn pass.
  [[nodiscard]] bool somebody_waits(std::uint32_t doubt_max, Instant now) const;
  void end_turn(Peer& peer, Instant now);

  // --- swarm_upload.cpp
  void on_request(Peer& peer, const BlockRun& run, Instant now);
  /// Rejects what has not been handed to the driver; the rest is sent.
  void on_cancel(Peer& peer, const BlockRun& run, Instant now);
  void pump_uploads(Instant now);
  void handle_blocks_sent(PeerHandle handle, const BlockRun& run, Instant now);
  /// Blocks have been sent. A seed's turn can end between two chunks.
  void note_sent(Peer& peer, const BlockRun& run, Instant now);
  /// A chunk of ours could not be read. Returns the reason for those that ask for it.
  wire::RejectReason miss_chunk(ChunkIndex chunk, const Error& error);
  void fetch_again(const Bitfield& chunks, Instant now);
  void handle_read_failed(PeerHandle handle, const BlockRun& run, const Error& error, Instant now);
  void handle_file_back(std::size_t file, Instant now);
  void handle_file_lost(std::size_t file, const Error& error);
  /// Removes the file's chunks from `withheld`.
  [[nodiscard]] std::map<ChunkIndex, bool> take_withheld(std::size_t file);

  SwarmConfig config;
  const TransferConfig& policy;  // of `config`
  discovery::PeerDiscovery& discovery;
  Rng& rng;

  Phase phase = Phase::metainfo;
  bool started = false;
  bool stopped = false;
  bool trackers_only = false;
  Port port = 0;
  Port port_v6 = 0;          // over IPv6, if it is another one
  std::string pause_reason;  // empty: not paused

  std::shared_ptr<const content::Metainfo> metainfo;
  std::optional<content::ChunkHashes> hashes;
  Bitfield had;
  Bitfield wanted;
  std::uint32_t missing = 0;            // wanted chunks not had
  std::map<ChunkIndex, bool> withheld;  // chunks lost for now, and whether they were wanted
  std::int64_t bytes_wanted = 0;
  std::int64_t bytes_had = 0;
  std::int64_t bytes_unwanted = 0;  // of chunks neither wanted nor had
  bool began_incomplete = false;    // wanted chunks were missing when the content was opened

  PeerTable peers;
  std::uint32_t connecting = 0;  // of them
  std::vector<Peer*> served;     // not choked by us, handles ascending
  PeerHandle next_handle{1};
  PeerPool pool;
  Reachability reachability;
  Seats seats;
  Commons::Member member;
  std::uint64_t turned_away = 0;
  Instant next_full_event;
  MetainfoFetch metainfo_fetch;
  std::optional<HashFetch> hash_fetch;
  std::optional<HashServer> hash_server;
  std::optional<ChunkPicker> picker;
  std::optional<SeedPlan> seed_plan;  // if this process began as a seed
  ChunkAssembly assembly;
  Intake intake;
  std::int64_t outstanding_blocks = 0;  // at all peers that are not stalled
  std::uint32_t sources = 0;            // such peers with outstanding blocks
  std::deque<PeerHandle> held_back;     // would be asked for more if there were room
  Instant next_end_game = kNever;       // when the end game is checked again
  Choker choker;
  Instant next_slots;         // when their number may be adapted again
  PeerHandle upload_turn{0};  // the peer served last
  std::int64_t uploading_bytes = 0;

  RateMeter down;
  RateMeter up;
  std::int64_t wasted = 0;
  std::int64_t received_twice = 0;  // the part of it requested from two peers

  Instant next_dial{};  // as a seed
  Instant next_full_dial;
  Duration seed_dial_pause;
  Instant stranded_since = kNever;
  std::uint32_t dial_up_to;  // peers: connections_wanted, or the number at which some had to make room
  Instant next_choke;
  Instant next_upkeep;
  Instant next_search;
  Duration search_pause;

  std::deque<Action> actions;
  std::deque<SwarmEvent> events;
};

}  // namespace stp::transfer
