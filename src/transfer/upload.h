// Upload: whom we serve, with what, and what we can't serve for now.
//
// One of the four owners that make up a Swarm (swarm.h). It knows who wants something from us, who has a slot (Choker),
// what a first seed promised to whom (SeedPlan), and how much is in the driver's hands; nothing of what we request from
// others or of how peers are found. What a peer has and has given us, it asks the Host.
//
//   handle_request() ──▶ queue of the peer ──pump()──▶ SendBlocks ──handle_blocks_sent()──▶ sent
//                          │ choke, cancel               │ handle_read_failed()
//                          └────────────▶ Reject ◀───────┘
//
// Invariants (check_invariants()):
//   1. served_ holds exactly the peers that we do not choke, handles ascending;
//   2. only they have requests queued;
//   3. uploading_bytes_ is the sum over all peers, and at most one run above uploads.window_total.
// Not thread-safe. Config, Outbox, Host and Rng must outlive it.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <vector>

#include "core/bitfield.h"
#include "transfer/choker.h"
#include "transfer/outbox.h"
#include "transfer/peer_table.h"
#include "transfer/phase.h"
#include "transfer/rate_meter.h"
#include "transfer/seed_plan.h"

namespace stp::transfer {

/// What Upload keeps about a peer. The members that are looked at for every peer come first.
struct UploadPeer {
  PeerHandle handle;
  bool choked = true;
  bool interested = false;           // in us
  bool owed_us = false;              // when we became complete: had been sent a chunk and had returned nothing
  std::int64_t uploading_bytes = 0;  // handed to the driver, not yet sent; nominal
  Instant since;                     // its hello
  Instant last_use;                  // when it last asked for or got something
  Instant unchoked_since;
  Instant last_taken;                            // when it was unchoked, or was last sent something since
  Instant passed_until;                          // it let its last turn with us as a seed pass: others come first
                                                 // until then; epoch: no
  std::vector<BlockRun> asked;                   // in order
  ChunkIndex sent_chunk;                         // the last chunk it was sent …
  std::uint32_t sent_blocks = 0;                 // … and how much of it; 0 between two chunks
  std::vector<ChunkIndex> promised;              // suggested to it, not yet sent
  std::optional<SeedPlan::Recipient> recipient;  // in the first seed's plan, once needed
  RateMeter up;
};

class Upload {
 public:
  /// What it needs from the rest of the swarm. Peers named are connected.
  class Host {
   public:
    [[nodiscard]] virtual Phase phase() const = 0;
    /// Where the peer can be found again.
    [[nodiscard]] virtual const Endpoint& endpoint_of(PeerHandle peer) const = 0;
    /// The chunks that it has; empty: unknown.
    [[nodiscard]] virtual const Bitfield& chunks_of(PeerHandle peer) const = 0;
    /// How many connected peers have each chunk. Only once start_content() was called.
    [[nodiscard]] virtual const ChunkPicker& availability() const = 0;
    /// What it sends us, in bytes per second over choker.rate_seconds, and has sent in all.
    [[nodiscard]] virtual double rate_to_us(PeerHandle peer, Instant now) const = 0;
    [[nodiscard]] virtual std::int64_t given_by(PeerHandle peer) const = 0;
    /// Upload slots that this swarm may use.
    [[nodiscard]] virtual std::uint32_t slots_max() const = 0;
    /// Whether we have the chunk and offer it.
    [[nodiscard]] virtual bool offers(ChunkIndex chunk) const = 0;
    /// We have lost a chunk, and don't fetch it again; peers are told. Returns whether it was wanted; nullopt: we had not got it.
    [[nodiscard]] virtual std::optional<bool> lose(ChunkIndex chunk, Instant now) = 0;
    /// Whether anybody has a slot, each time that may have changed.
    virtual void note_serving(bool serves) = 0;

   protected:
    ~Host() = default;
  };

  Upload(const SwarmConfig& config, Outbox& outbox, Host& host, Rng& rng, Instant now);

  // --- commands ------------------------------------------------------------------------------------------------------
  void set_metainfo(std::shared_ptr<const content::Metainfo> metainfo) { metainfo_ = std::move(metainfo); }
  /// `has_all`: this process begins as a seed, perhaps the first one.
  void start_content(bool has_all);
  /// A download has become complete: remembers who only took.
  void become_seed();
  /// Serves nobody from now on.
  void stop() { stopped_ = true; }
  /// Decides anew whom to serve. Due at next_choke().
  void rechoke(Instant now);
  /// Otherwise an unused slot would stay idle for up to a round; the next round may decide differently.
  void give_free_slots(Instant now);

  // --- peers ---------------------------------------------------------------------------------------------------------
  void add_peer(PeerHandle handle);
  void note_hello(PeerHandle handle, Instant now) { peers_.at(handle).since = now; }
  void remove_peer(PeerHandle handle, Instant now);
  /// Its chunks have become known.
  void note_chunks_known(PeerHandle handle, Instant now);
  /// It has announced that it got the chunk.
  void note_chunk_seen(PeerHandle handle, ChunkIndex chunk, Instant now);
  void handle_interested(PeerHandle handle, bool interested, Instant now);
  /// An error for blocks that do not exist.
  [[nodiscard]] Status handle_request(PeerHandle handle, const BlockRun& run, Instant now);
  /// Rejects what has not been handed to the driver; the rest is sent.
  void handle_cancel(PeerHandle handle, const BlockRun& run, Instant now);

  // --- the driver ----------------------------------------------------------------------------------------------------
  // No effect on peers that have left.
  void handle_blocks_sent(PeerHandle handle, const BlockRun& run, Instant now);
  void handle_read_failed(PeerHandle handle, const BlockRun& run, const Error& error, Instant now);
  /// A chunk of ours could not be read. Returns the reason for those that ask for it.
  wire::RejectReason miss_chunk(ChunkIndex chunk, const Error& error, Instant now);
  [[nodiscard]] bool is_withheld(ChunkIndex chunk) const { return withheld_.contains(chunk); }
  /// Chunks of the file that are withheld no longer, and whether they were wanted.
  [[nodiscard]] std::map<ChunkIndex, bool> take_withheld(std::size_t file);
  /// The file will never be readable again.
  void handle_file_lost(std::size_t file, const Error& error);

  // --- looking -------------------------------------------------------------------------------------------------------
  [[nodiscard]] Instant next_choke() const { return next_choke_; }
  [[nodiscard]] const RateMeter& up() const { return up_; }
  /// Peers as known here. They are in the table from add_peer() until remove_peer().
  [[nodiscard]] const UploadPeer& peer(PeerHandle handle) const { return peers_.at(handle); }
  /// Whether it reads nothing of what it asked for, and others can't be served because of that.
  [[nodiscard]] bool is_clogged(PeerHandle handle, Instant now) const;
  void check_invariants() const;

 private:
  // upload.cpp: what is sent.
  void pump(Instant now);
  /// Blocks have been sent. A seed's turn can end between two chunks.
  void note_sent(UploadPeer& peer, const BlockRun& run, Instant now);

  // upload_slots.cpp: who has a slot.
  void note_served() { host_.note_serving(!served_.empty()); }
  /// Used by peers that want something and take it.
  [[nodiscard]] std::uint32_t slots_in_use(Instant now) const;
  /// Whether an unchoked peer uses its slot. As a seed we hand on the slots of peers that don't.
  [[nodiscard]] bool takes(const UploadPeer& peer, Instant now) const;
  /// How long what we send now may wait on our own link behind data for others.
  [[nodiscard]] Duration upload_delay(Instant now) const;
  /// To the upload rate, also between rounds: ten seconds are a whole transfer on a fast network.
  void adapt_slots(Instant now);
  [[nodiscard]] bool owes(const UploadPeer& peer) const;
  [[nodiscard]] ChokerPeer choker_peer(const UploadPeer& peer, Instant now) const;
  void set_choked(UploadPeer& peer, bool choked, Instant now);
  void end_turn(UploadPeer& peer, Instant now);

  // upload_promises.cpp: what a first seed promises.
  /// Suggests chunks to the peer, ahead of what it takes per second.
  void suggest(UploadPeer& peer, Instant now);
  /// The peer has the chunk, or has been sent all of it.
  void keep_promise(UploadPeer& peer, ChunkIndex chunk, Instant now);
  void give_back_promises(UploadPeer& peer);
  /// The peer's account in the seed plan, which must exist.
  [[nodiscard]] SeedPlan::Recipient recipient_of(UploadPeer& peer);
  /// How little we, as a seed, trust the peer: as the first seed (SeedPlan::doubt), or for what it owed us as a leech.
  [[nodiscard]] std::uint32_t doubt(const UploadPeer& peer) const;
  /// Whether a peer is waiting that is doubted at most this much and did not let its last turn pass.
  [[nodiscard]] bool somebody_waits(std::uint32_t doubt_max, Instant now) const;

  const TransferConfig& policy_;
  Outbox& outbox_;
  Host& host_;
  Rng& rng_;
  std::shared_ptr<const content::Metainfo> metainfo_;
  bool stopped_ = false;

  PeerTable<UploadPeer> peers_;
  std::vector<UploadPeer*> served_;
  Choker choker_;
  Instant next_choke_;
  Instant next_slots_;                 // when their number may be adapted again
  std::optional<SeedPlan> seed_plan_;  // if this process began as a seed
  PeerHandle upload_turn_{0};          // the peer served last
  std::int64_t uploading_bytes_ = 0;
  RateMeter up_;
  std::map<ChunkIndex, bool> withheld_;  // chunks lost for now, and whether they were wanted
};

}  // namespace stp::transfer
