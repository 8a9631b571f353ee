// Fetches Merkle hashes from peers (BEP 52 "hash request"): the piece layers, before chunks can be judged, and the
// leaves of a chunk that turned out wrong, to find out who lied.
//
// Every answer is verified at once, piece layers against the file's root, leaves against the chunk's hash. So several
// peers can be asked in parallel, and one that answers wrongly is a liar. Not thread-safe. Time enters only as `now`.
#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <variant>
#include <vector>

#include "content/metainfo.h"
#include "core/time.h"
#include "transfer/actions.h"
#include "transfer/config.h"
#include "wire/message.h"

namespace stp::transfer {

/// Layer hashes asked for in one request.
inline constexpr std::uint32_t kLayerHashesPerRequest = 512;

class HashFetch {
 public:
  /// `config` must outlive it.
  HashFetch(std::shared_ptr<const content::Metainfo> metainfo, const FetchConfig& config);

  /// Asks for every layer that `hashes` lacks.
  void want_layers(const content::ChunkHashes& hashes);
  /// Layers are known from elsewhere: those not asked for yet are not needed.
  void forget_layers();
  /// Asks for the leaves of a chunk whose hash is known.
  void want_leaves(ChunkIndex chunk, Instant now);

  /// Part of a piece layer was proven and taken.
  struct Learned {};
  /// The true leaves of a chunk, padding removed.
  struct Leaves {
    ChunkIndex chunk;
    std::vector<Hash256> leaves;
  };
  struct Unasked {};
  struct Wrong {};
  using Answer = std::variant<Unasked, Wrong, Learned, Leaves>;
  /// Judges an answer against `hashes` and, if it is a piece layer, adds it there.
  [[nodiscard]] Answer handle_hashes(PeerHandle peer, const wire::Hashes& answer, content::ChunkHashes& hashes);
  void handle_reject(PeerHandle peer, const wire::HashRequest& request, Instant now);
  void remove_peer(PeerHandle peer);
  /// Something is slowly arriving from the peer: perhaps the answer, or what precedes it.
  void handle_progress(PeerHandle peer, Instant now);

  /// A request to send to `peer` now. `has`: its chunks, since it can only know the leaves of those.
  [[nodiscard]] std::optional<wire::HashRequest> next_for(PeerHandle peer, const Bitfield* has, Instant now);
  /// Takes back requests to silent peers. Chunks whose leaves nobody gave in time come out of poll_given_up().
  void handle_timeout(Instant now);
  [[nodiscard]] std::optional<Instant> next_timeout() const;
  [[nodiscard]] std::optional<ChunkIndex> poll_given_up();
  [[nodiscard]] bool idle() const { return waiting_.empty() && asked_.empty(); }

 private:
  struct Task {
    wire::HashRequest request;
    std::size_t file = 0;
    std::optional<ChunkIndex> leaves_of;  // else a piece layer
    std::uint32_t tries = 0;
    Instant give_up_at = kNever;  // only for leaves: then the chunk is given up
  };
  struct Asked {
    Task task;
    PeerHandle peer;
    Instant deadline;
    Instant deadline_max;  // however much else comes from the peer
  };
  struct Unwilling {
    std::optional<Instant> until;  // nullopt: it may be asked
    Duration pause{};              // the last one
  };
  void put_back(Task task);
  /// It is not asked for this long, or longer if it was left alone before.
  void leave_alone(PeerHandle peer, Duration at_least, Instant now);

  std::shared_ptr<const content::Metainfo> metainfo_;
  const FetchConfig& config_;
  std::deque<Task> waiting_;
  std::vector<Asked> asked_;
  std::map<PeerHandle, Unwilling> unwilling_;
  std::deque<ChunkIndex> given_up_;
};

}  // namespace stp::transfer
