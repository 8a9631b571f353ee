// Proofs: the metainfo and the hashes that chunks are judged by, fetched from peers and served to them.
//
// One of the four owners that make up a Swarm (swarm.h). It knows which peers have the metainfo, which have said what
// chunks they have, and what it asked whom; nothing about blocks, slots or addresses.
//
//   no metainfo ──handle_metainfo_part()──▶ metainfo ──start_hashes(), start_content()──▶ hashes wanted ──▶ complete
//   asks for the info dictionary            serves it                                     asks for them     serves them
//
// A share of v1 alone has no hashes but those in its metainfo: they are complete at once, and none are served.
//
// What arrives is verified here: the metainfo against the link, hashes against the metainfo. Whoever sends anything else
// is banned through the Host. Leaves are asked for only when Download has a wrong chunk and many suspects.
//
// Invariants (check_invariants()): there are hashes only with a metainfo; hashes are served only when all are known; a
// peer has no more requests for leaves than uploads.leaf_requests_max.
// Not thread-safe. Config, Outbox, Host and Rng must outlive it.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>

#include "transfer/hash_fetch.h"
#include "transfer/hash_server.h"
#include "transfer/metainfo_fetch.h"
#include "transfer/outbox.h"
#include "transfer/peer_table.h"

namespace stp::transfer {

class Proofs {
 public:
  /// What it needs from the rest of the swarm. A call may make peers leave.
  class Host {
   public:
    /// The peer sent wrong bytes: it is banned and disconnected.
    virtual void ban(PeerHandle peer, const std::string& why, Instant now) = 0;
    /// The peer is disconnected, and not dialled again before `redial_after`.
    virtual void close(PeerHandle peer, const std::string& why, Duration redial_after, Instant now) = 0;
    /// After bans: blocks that their peers were asked for can be requested from others.
    virtual void refill(Instant now) = 0;
    /// metainfo() is known from now on.
    virtual void handle_metainfo(Instant now) = 0;
    /// The info dictionary is the link's, but can't be used, or only one of its hashes is in the link: no peer has another.
    virtual void handle_unusable_metainfo(const Error& error, Instant now) = 0;
    /// All hashes that peers were asked for have come.
    virtual void handle_all_hashes(Instant now) = 0;
    /// The leaves that want_leaves() asked for.
    virtual void handle_leaves(const HashFetch::Leaves& leaves, Instant now) = 0;
    /// Nobody sends them.
    virtual void handle_no_leaves(ChunkIndex chunk, Instant now) = 0;
    /// The chunks that the peer has; empty: unknown.
    [[nodiscard]] virtual const Bitfield& chunks_of(PeerHandle peer) const = 0;
    /// Whether we have the chunk and offer it.
    [[nodiscard]] virtual bool offers(ChunkIndex chunk) const = 0;

   protected:
    ~Host() = default;
  };

  Proofs(const SwarmConfig& config, Outbox& outbox, Host& host, Rng& rng);

  // --- peers ---------------------------------------------------------------------------------------------------------
  void add_peer(PeerHandle peer) { peers_.emplace(peer, {}); }
  void remove_peer(PeerHandle peer);
  /// Its hello came, or came again: it has a metainfo of this many bytes (0: none).
  void handle_hello(PeerHandle peer, std::uint32_t metainfo_bytes, Instant now);
  /// It has said what chunks it has, so it can be asked for hashes.
  void note_chunks_said(PeerHandle peer) { peers_.at(peer).said_chunks = true; }

  // --- commands ------------------------------------------------------------------------------------------------------
  /// Fetches the hashes that `known` lacks (Swarm::start_hashes()).
  void start_hashes(std::optional<content::ChunkHashes> known, Instant now);
  /// The same, and from when they are complete they are served. Returns whether they are already. ask_for_hashes()
  /// comes next.
  [[nodiscard]] bool start_content(std::optional<content::ChunkHashes> known);
  /// Requests what is wanted from peers that can have it.
  void ask_for_hashes(Instant now);
  /// The chunk is wrong: asks for its true leaves.
  void want_leaves(ChunkIndex chunk, Instant now);
  /// The chunk is right, and these are the hashes of its blocks. Once that is known of every chunk of a file, so are the
  /// file's hashes, even if nobody has given them to us (a hybrid from peers of v1).
  void note_right(ChunkIndex chunk, std::span<const Hash256> leaves, Instant now);

  // --- what happened -------------------------------------------------------------------------------------------------
  void handle_metainfo_request(PeerHandle peer, const wire::MetainfoRequest& request, Instant now);
  void handle_metainfo_part(PeerHandle peer, const wire::MetainfoPart& part, Instant now);
  void handle_metainfo_reject(PeerHandle peer, Instant now);
  void handle_hash_request(PeerHandle peer, const wire::HashRequest& request, Instant now);
  void handle_hashes(PeerHandle peer, const wire::Hashes& answer, Instant now);
  void handle_hash_reject(PeerHandle peer, const wire::HashRequest& request, Instant now);
  /// Bytes of an incomplete frame arrived.
  void handle_progress(PeerHandle peer, Instant now);
  void handle_leaves_sent(PeerHandle peer);
  void handle_leaves_failed(PeerHandle peer, const wire::HashRequest& request, Instant now);
  void handle_timeout(Instant now);
  [[nodiscard]] std::optional<Instant> next_timeout() const;

  // --- looking -------------------------------------------------------------------------------------------------------
  /// Null: not known yet.
  [[nodiscard]] const std::shared_ptr<const content::Metainfo>& metainfo() const { return metainfo_; }
  [[nodiscard]] const std::optional<content::ChunkHashes>& hashes() const { return hashes_; }
  /// Whether these are the hashes of the chunk's blocks; nullopt: unknown, as the chunk's hash is.
  [[nodiscard]] std::optional<bool> is_right(ChunkIndex chunk, std::span<const Hash256> leaves) const;
  /// Whether a connected peer has the metainfo that we lack.
  [[nodiscard]] bool has_metainfo_source() const { return metainfo_fetch_.has_source(); }
  /// When the peer last asked for something that we could give; the epoch: never.
  [[nodiscard]] Instant last_use(PeerHandle peer) const { return peers_.at(peer).last_use; }
  void check_invariants() const;

 private:
  struct ProofsPeer {
    bool said_chunks = false;
    std::uint32_t leaf_requests = 0;  // in the driver's hands
    Instant last_use;
  };

  void ask_for_metainfo(Instant now);
  void report_given_up(Instant now);
  /// If all hashes are known, which they were not.
  void handle_complete_hashes(Instant now);

  const TransferConfig& policy_;
  Outbox& outbox_;
  Host& host_;
  std::shared_ptr<const content::Metainfo> metainfo_;
  std::optional<content::ChunkHashes> hashes_;
  std::map<std::size_t, std::map<std::uint32_t, Hash256>> computed_;  // by file, then chunk of it; not proven yet
  bool content_started_ = false;
  PeerTable<ProofsPeer> peers_;
  const InfoHashes info_hashes_;
  MetainfoFetch metainfo_fetch_;
  std::optional<HashFetch> hash_fetch_;
  std::optional<HashServer> hash_server_;
};

}  // namespace stp::transfer
