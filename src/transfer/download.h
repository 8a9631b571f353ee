// Download: what we have, what others have, which blocks are requested from whom, and what becomes of them.
//
// One of the four owners that make up a Swarm (swarm.h). It picks chunks, keeps requests in flight, puts blocks
// together, and has whole chunks judged; nothing of whom we serve, of addresses or of Merkle trees. Its parts:
//
//   Holdings       which chunks we have and want                                    holdings.h
//   ChunkPicker    which chunk next: rarest first                                   chunk_picker.h
//   ChunkAssembly  blocks of unfinished chunks: who was asked, what arrived         chunk_assembly.h
//   Requests       what each peer was asked for                                     requests.h
//   urgent chunks  which come before all others                                     download_urgent.cpp
//   Pipeline       how much to request ahead from a peer: bandwidth × delay         pipeline.h
//   Intake         how much to request from all peers, and how many: our own link   intake.h
//
//   fill() ──Request──▶ handle_data() ──keep──▶ handle_written() ──last block──▶ right? ──▶ ChunkCompleted, Have
//     ▲                     │ drop                                                  │ wrong: the liar is banned,
//     └── handle_reject(), remove_peer(), check_outstanding() ◀────────────────────┘ or leaves are asked for
//
// Whether a chunk is right follows at once from the hashes of its blocks, where the chunk's hash in the Merkle tree is
// known. Otherwise the driver hashes it (HashChunk ──▶ handle_hashed()), and if it is wrong, nobody knows which block is:
// it is fetched again from one peer alone, until one gives the right one. Then everybody who sent other blocks is banned.
//
// Methods without a peer in their arguments may be called in every phase. Peers named in arguments were added and not
// removed, unless the method says otherwise.
//
// Invariants (check_invariants()):
//   1. a block is counted as requested exactly as often as it is in peers' lists;
//   2. a chunk is had, partial or missing, and the picker's view is the same;
//   3. availability of a chunk is the number of connected peers that have it;
//   4. nothing is requested from a peer that lacks the chunk, or awaited from one that chokes us except its answer.
// Not thread-safe. Config, Outbox, Host and Rng must outlive it.
#pragma once

#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "content/proof.h"
#include "core/bitfield.h"
#include "core/result.h"
#include "transfer/chunk_assembly.h"
#include "transfer/chunk_picker.h"
#include "transfer/holdings.h"
#include "transfer/intake.h"
#include "transfer/outbox.h"
#include "transfer/peer_table.h"
#include "transfer/phase.h"
#include "transfer/pipeline.h"
#include "transfer/rate_meter.h"
#include "transfer/requests.h"

namespace stp::transfer {

/// What Download keeps about a peer. All peers are visited every few seconds, and many for each chunk that arrives. The
/// members used for that come first, in as few cache lines as possible (PeerTable aligns them).
struct DownloadPeer {
  explicit DownloadPeer(PeerHandle peer, const RequestConfig& config) : handle(peer), pipeline(config) {}

  PeerHandle handle;
  bool said_chunks = false;  // Bitfield, HaveAll or HaveNone came
  bool has_all = false;
  bool upload_only = false;      // it wants nothing more (BEP 21)
  bool counted_as_seed = false;  // in the picker: once for all chunks
  bool bitfield_sent = false;
  bool choking_us = true;
  bool interested_in_it = false;
  bool spreads = false;    // it suggests chunks, so it wants to hear of all that we get
  bool held_back = false;  // in Download::held_back_
  // It refused what it may have: it is asked again when data of it comes, when it unchokes us, or at the next upkeep.
  bool turned_away = false;
  std::uint32_t interesting = 0;  // wanted chunks that it has and we lack
  RequestList requests;
  Instant last_block;     // a whole one; or when it was first asked after being idle
  Instant last_progress;  // bytes of one that isn't complete yet
  Instant last_snub;
  Bitfield has;

  Pipeline pipeline;
  std::vector<ChunkIndex> suggested;  // by it, not all requested yet
  std::uint32_t snubs = 0;
  std::int64_t unrequested_bytes = 0;
  RateMeter down;
  // Its bitfield, and what it has lost of everything, kept until the metainfo is known and they can be checked.
  Bytes raw_bits;
  Bytes raw_lost;
};

class Download {
 public:
  /// What it needs from the rest of the swarm. Calls may make peers leave only where that is said.
  class Host {
   public:
    [[nodiscard]] virtual Phase phase() const = 0;
    /// Where the peer can be found again, for a verdict after it has left.
    [[nodiscard]] virtual const Endpoint& endpoint_of(PeerHandle peer) const = 0;
    /// Whether these are the hashes of the chunk's blocks; nullopt: the chunk's own hash is not known, and its bytes
    /// have to be hashed.
    [[nodiscard]] virtual std::optional<bool> is_right(ChunkIndex chunk, std::span<const Hash256> leaves) const = 0;
    /// The chunk is right, and these are the hashes of its blocks.
    virtual void note_right(ChunkIndex chunk, std::span<const Hash256> leaves, Instant now) = 0;
    /// Nobody can say who sent what is wrong of the chunk: handle_leaves() or handle_no_leaves() follows.
    virtual void want_leaves(ChunkIndex chunk, Instant now) = 0;
    /// The liar leaves, if it has not yet, and is not let in again.
    virtual void ban(const Contributor& liar, const std::string& why, Instant now) = 0;
    /// The peer leaves, and is not dialled again before `redial_after`.
    virtual void close(PeerHandle peer, const std::string& why, Duration redial_after, Instant now) = 0;
    /// The peer leaves: both it and we have everything.
    virtual void close_as_seed(PeerHandle peer, Instant now) = 0;
    /// The peer has said for the first time what it has.
    virtual void handle_chunks_known(PeerHandle peer, Instant now) = 0;
    /// The peer has announced that it got a chunk.
    virtual void handle_chunk_seen(PeerHandle peer, ChunkIndex chunk, Instant now) = 0;
    /// The last missing chunk is here: the phase is `complete` from now on.
    virtual void handle_completed(Instant now) = 0;

   protected:
    ~Host() = default;
  };

  Download(const SwarmConfig& config, Outbox& outbox, Host& host, Rng& rng);

  // --- commands ------------------------------------------------------------------------------------------------------
  void set_metainfo(std::shared_ptr<const content::Metainfo> metainfo) { metainfo_ = std::move(metainfo); }
  void start_content(Bitfield had, Bitfield wanted);
  /// Requests nothing until resume().
  void pause(std::string reason, Instant now);
  void resume(Instant now);
  /// These chunks count as missing, and peers are told. Returns whether any chunk is: then the phase becomes `chunks`, and
  /// show_interest() and fill_all() come next.
  [[nodiscard]] bool want_again(const Bitfield& chunks, Instant now);
  void show_interest(Instant now);
  /// These chunks are requested before all others, in this order, as far as they are wanted and missing; empty: none. It
  /// replaces the last call's. At most kUrgentMax (read_ahead.h).
  void want_first(std::vector<ChunkIndex> chunks, Instant now);
  /// A chunk was lost for now, of which peers are told, or is back (Holdings).
  std::optional<bool> lose(ChunkIndex chunk, Instant now);
  [[nodiscard]] bool regain(ChunkIndex chunk, bool was_wanted) { return holdings_.regain(chunk, was_wanted); }
  /// Tells peers that we have these chunks.
  void announce(const std::vector<ChunkIndex>& chunks, Instant now);
  /// Says goodbye to peers that have everything; we do too.
  void close_useless(Instant now);
  /// Blocks became free: they are requested from peers with room.
  void fill_all(Instant now);
  /// If it refused for a while: asks it again.
  void retry(PeerHandle handle, Instant now);
  /// Forgets unanswered cancels, and deals with peers that keep us waiting: they may leave.
  void check_outstanding(Instant now);

  // --- peers ---------------------------------------------------------------------------------------------------------
  void add_peer(PeerHandle handle) { peers_.emplace(handle, DownloadPeer(handle, policy_.requests)); }
  void remove_peer(PeerHandle handle);
  /// Tells the peer what we have, once that is known.
  void send_bitfield(PeerHandle handle, Instant now);
  /// It says that it has everything, or what `bits` say. learn_chunks() comes next.
  void note_chunks(PeerHandle handle, bool has_all, Bytes bits);
  /// Checks and counts what it has, once we know our own content. An error: its bits do not fit the share. Returns
  /// whether blocks became free: if it stays, request_more() comes next.
  [[nodiscard]] Result<bool> learn_chunks(PeerHandle handle, Instant now);
  void request_more(PeerHandle handle, bool freed, Instant now);
  /// An error for what an honest peer never says.
  [[nodiscard]] Status handle_have(PeerHandle handle, const wire::Have& have, Instant now);
  /// It has these chunks no longer: what it was asked for of them is free. The same.
  [[nodiscard]] Status handle_dont_have(PeerHandle handle, const wire::DontHave& lost, Instant now);
  /// Whether it wants anything more. May make it leave.
  void note_upload_only(PeerHandle handle, bool upload_only, Instant now);
  /// A peer whose chunks we know says that it now has all of them.
  [[nodiscard]] Status handle_has_rest(PeerHandle handle, Instant now);
  void handle_choke(PeerHandle handle, Instant now);
  void handle_unchoke(PeerHandle handle, Instant now);
  void handle_suggest(PeerHandle handle, std::vector<ChunkIndex> chunks, Instant now);
  /// The peer may leave.
  void handle_reject(PeerHandle handle, const wire::Reject& reject, Instant now);
  /// Bytes of an incomplete frame arrived.
  void handle_progress(PeerHandle handle, Instant now) { peers_.at(handle).last_progress = now; }
  /// We were suspended for a while: no peer is to blame for the silence.
  void handle_woken(Instant now);

  // --- what arrived --------------------------------------------------------------------------------------------------
  /// Also of a peer that has left. An error: it sends what nobody asked for. The peer may leave.
  [[nodiscard]] Result<DataVerdict> handle_data(PeerHandle handle, const BlockRun& run, std::span<const Hash256> leaves,
                                                Instant now);
  /// Peers may leave.
  void handle_written(const BlockRun& run, Instant now);
  void handle_write_failed(const BlockRun& run, const Error& error, Instant now);
  /// The answers to HashChunk. Peers may leave.
  void handle_hashed(ChunkIndex chunk, const content::Evidence& evidence, Instant now);
  void handle_hash_failed(ChunkIndex chunk, const Error& error, Instant now);
  /// The true leaves of a wrong chunk: the liars leave.
  void handle_leaves(ChunkIndex chunk, std::span<const Hash256> leaves, Instant now);
  void handle_no_leaves(ChunkIndex chunk, Instant now);
  /// Due at next_timeout().
  void handle_timeout(Instant now);
  [[nodiscard]] Instant next_timeout() const { return next_end_game_; }

  // --- looking -------------------------------------------------------------------------------------------------------
  /// Whether start_content() was called.
  [[nodiscard]] bool started() const { return picker_.has_value(); }
  [[nodiscard]] const Holdings& holdings() const { return holdings_; }
  [[nodiscard]] const ChunkPicker& availability() const { return *picker_; }
  [[nodiscard]] const DownloadPeer& peer(PeerHandle handle) const { return peers_.at(handle); }
  /// Whether both we and the peer have everything, and nothing is to come.
  [[nodiscard]] bool is_useless(PeerHandle handle) const { return is_useless(peers_.at(handle)); }
  /// Whether any peer has something that we lack; whether any such peer serves us.
  [[nodiscard]] bool has_source() const;
  [[nodiscard]] bool is_served() const;
  [[nodiscard]] const RateMeter& down() const { return down_; }
  [[nodiscard]] std::int64_t wasted() const { return wasted_; }
  /// Empty: not paused.
  [[nodiscard]] const std::string& pause_reason() const { return pause_reason_; }
  void check_invariants() const;

 private:
  // download.cpp: blocks that arrive, and verdicts.
  void cancel_copies(const BlockRun& run, PeerHandle except, Instant now);
  void judge(ChunkIndex chunk, Instant now);
  void complete_chunk(ChunkIndex chunk, Instant now);
  void chunk_is_wrong(ChunkIndex chunk, Instant now);
  /// Nobody can say which of its blocks is wrong: it is fetched again, from a single peer.
  void fetch_from_one(ChunkIndex chunk, Instant now);

  // download_interest.cpp: who has what.
  void count_chunks(DownloadPeer& peer);
  void uncount_chunks(const DownloadPeer& peer);
  /// The peer lacks the chunk. Returns whether blocks of it that it was asked for became free.
  bool note_unavailable(DownloadPeer& peer, ChunkIndex chunk, Instant now);
  /// Says it to everybody who knows what we have.
  template <class HaveOrNot>
  void tell(const std::vector<ChunkIndex>& chunks, Instant now);
  void tell_lost(const std::vector<ChunkIndex>& chunks, Instant now);
  void update_interest(DownloadPeer& peer, Instant now);
  [[nodiscard]] bool is_useless(const DownloadPeer& peer) const;

  // download_choose.cpp: which blocks next.
  [[nodiscard]] std::optional<BlockRun> choose_suggested_run(DownloadPeer& peer, std::uint32_t blocks_max);
  /// Whether a chunk that the peer suggested is on its way from it or awaits its verdict.
  [[nodiscard]] bool awaits_suggested(const DownloadPeer& peer);
  /// `offered`: what it may be asked for of what it has.
  [[nodiscard]] std::optional<BlockRun> choose_usual_run(DownloadPeer& peer, const Bitfield& offered,
                                                         std::uint32_t blocks_max);
  /// Free blocks of a chunk that has some; nullopt: they have to come from another peer.
  [[nodiscard]] std::optional<BlockRun> take_open(DownloadPeer& peer, ChunkIndex chunk, std::uint32_t blocks_max);
  /// Begins a chunk of the picker's.
  [[nodiscard]] BlockRun take_new(ChunkIndex chunk, std::uint32_t blocks_max);
  [[nodiscard]] std::optional<BlockRun> choose_end_game_run(const DownloadPeer& peer, std::uint32_t blocks_max,
                                                            Instant now);
  /// A request of another peer, of this chunk alone if it is given, that is worth making a second time.
  [[nodiscard]] std::optional<BlockRun> choose_copy(const DownloadPeer& peer, std::uint32_t blocks_max, Instant now,
                                                    std::optional<ChunkIndex> only);
  /// How many blocks may still be requested a second time: what the end game may waste, less what arrived or may still
  /// arrive twice.
  [[nodiscard]] std::int64_t copies_left();
  /// Whether every missing block has been requested.
  [[nodiscard]] bool is_end_game() const;

  // download_urgent.cpp: chunks that somebody waits for.
  [[nodiscard]] std::optional<BlockRun> choose_run(DownloadPeer& peer, std::uint32_t blocks_max);
  [[nodiscard]] std::optional<BlockRun> take_urgent(DownloadPeer& peer, ChunkIndex chunk, std::uint32_t blocks_max);
  [[nodiscard]] std::optional<BlockRun> choose_urgent_copy(const DownloadPeer& peer, std::uint32_t blocks_max,
                                                           Instant now);
  /// Those that serve us; all others whose rate is known, if this one's is not.
  [[nodiscard]] std::vector<const DownloadPeer*> much_faster_than(const DownloadPeer& peer) const;

  // download_requests.cpp: how much from whom, and what becomes of it.
  void fill(DownloadPeer& peer, Instant now);
  void ask(DownloadPeer& peer, const BlockRun& run, Instant now);
  /// How many of `blocks` blocks may be requested from the peer now: all, one, or none.
  [[nodiscard]] std::uint32_t intake_allows(const DownloadPeer& peer, std::uint32_t blocks) const;
  /// The peer is asked when there is room again.
  void hold_back(DownloadPeer& peer);
  /// Asks peers that were held back while there is room.
  void fill_held_back(Instant now);
  void cancel_all(DownloadPeer& peer, Instant now);
  /// As a seed we keep a connection only while something is still to arrive over it.
  void close_if_settled(PeerHandle handle, Instant now);
  /// How long a peer may send none of what it was asked for.
  [[nodiscard]] Duration snub_patience(Instant now) const;

  const SwarmConfig& config_;
  const TransferConfig& policy_;
  Outbox& outbox_;
  Host& host_;
  Rng& rng_;
  std::shared_ptr<const content::Metainfo> metainfo_;
  std::string pause_reason_;

  Holdings holdings_;
  PeerTable<DownloadPeer> peers_;
  std::optional<ChunkPicker> picker_;
  ChunkAssembly assembly_;
  Requests requests_{assembly_};
  Intake intake_;
  std::vector<ChunkIndex> urgent_;    // see want_first()
  std::deque<PeerHandle> held_back_;  // would be asked for more if there were room
  Instant next_end_game_ = kNever;    // when the end game is checked again

  RateMeter down_;
  std::int64_t wasted_ = 0;
  std::int64_t received_twice_ = 0;  // the part of it requested from two peers
};

}  // namespace stp::transfer
