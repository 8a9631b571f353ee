// PeerSet: the peers of one address family in one swarm, in tens of bytes each.
//
// A peer is its compact form (BEP 7, BEP 23) and the tick when it was last heard: 8 bytes for IPv4, 20 for IPv6. The
// records are in one dense array, ordered by kind:
//
//     [ downloader downloader | partial seed | seed seed ]          downloaders() == 2, leeches() == 3, size() == 5
//
// so the kind costs no bit, "downloaders only" is a prefix, a uniform draw is an array index, and a reply is a copy of
// records. An element leaves by moving at most three others. Past kLinearMax peers a HashIndex finds a record.
//
// Invariants (check_invariants()):
//   1. downloaders() <= leeches() <= size();
//   2. no compact form occurs twice;
//   3. the index is empty or finds every record at its position.
//
// Ticks count modulo 2^16; the caller sweeps often enough that no age comes near that (registry.h).
// Not thread-safe. The SecretHash given to the methods must always be the same.
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstring>
#include <utility>
#include <vector>

#include "core/bytes.h"
#include "core/hash_index.h"
#include "core/rng.h"

namespace stp::tracker {

/// A coarse point in time, modulo 2^16.
using Tick = std::uint16_t;

enum class PeerKind : std::uint8_t {
  downloader,    // lacks something and wants it
  partial_seed,  // lacks something and wants none of it (BEP 21)
  seed,          // has everything
};

template <std::size_t AddressBytes>
class PeerSet {
 public:
  static constexpr std::size_t kCompactBytes = AddressBytes + 2;
  using Compact = std::array<std::byte, kCompactBytes>;
  using Position = HashIndex::Position;
  static constexpr Position kNone = HashIndex::kNone;

  [[nodiscard]] std::size_t size() const { return peers_.size(); }
  [[nodiscard]] std::size_t downloaders() const { return downloaders_; }
  /// Downloaders and partial seeds: all peers that lack something.
  [[nodiscard]] std::size_t leeches() const { return leeches_; }
  [[nodiscard]] std::size_t seeds() const { return peers_.size() - leeches_; }
  [[nodiscard]] PeerKind kind(Position position) const {
    if (position >= leeches_) return PeerKind::seed;
    return position >= downloaders_ ? PeerKind::partial_seed : PeerKind::downloader;
  }
  [[nodiscard]] const Compact& compact(Position position) const { return peers_[position].compact; }
  [[nodiscard]] Tick seen(Position position) const { return peers_[position].seen; }

  /// Heap bytes used by this object.
  [[nodiscard]] std::size_t memory_bytes() const { return peers_.capacity() * sizeof(Peer) + index_.memory_bytes(); }
  /// An upper bound on what insert() adds to memory_bytes().
  [[nodiscard]] std::size_t growth_bytes() const {
    std::size_t bytes = 0;
    if (peers_.size() == peers_.capacity()) bytes += (grown_capacity() - peers_.capacity()) * sizeof(Peer);
    if (index_.size() > 0)
      bytes += index_.growth_bytes();
    else if (peers_.size() == kLinearMax)
      bytes += kIndexBytesFirst;
    return bytes;
  }

  /// The position of `compact`, or kNone.
  [[nodiscard]] Position find(const Compact& compact, const SecretHash& hash) const {
    if (index_.size() > 0) {
      return index_.find(hash(compact), [&](Position at) { return peers_[at].compact == compact; });
    }
    for (Position at = 0; at < peers_.size(); ++at) {
      if (peers_[at].compact == compact) return at;
    }
    return kNone;
  }

  /// Adds a peer that find() did not find. Returns its position.
  Position insert(const Compact& compact, PeerKind kind, Tick now, const SecretHash& hash) {
    if (peers_.size() == peers_.capacity()) peers_.reserve(grown_capacity());
    const auto last = static_cast<Position>(peers_.size());
    peers_.push_back({compact, now});
    if (index_.size() > 0) {
      index_.insert(hash(compact), last, hash_of(hash));
    } else if (peers_.size() > kLinearMax) {
      for (Position at = 0; at < peers_.size(); ++at) index_.insert(hash(peers_[at].compact), at, hash_of(hash));
    }
    return move_to(last, kind, hash);
  }

  /// The peer at `position` was heard from again and is now of this kind. Returns its new position.
  Position refresh(Position position, PeerKind kind, Tick now, const SecretHash& hash) {
    peers_[position].seen = now;
    return move_to(position, kind, hash);
  }

  /// Removes the peer at `position`; the positions of others may change.
  void erase(Position position, const SecretHash& hash) {
    position = move_to(position, PeerKind::seed, hash);
    const auto last = static_cast<Position>(peers_.size() - 1);
    swap(position, last, hash);
    if (index_.size() > 0) index_.erase(hash(peers_[last].compact), last, hash_of(hash));
    peers_.pop_back();
    if (peers_.size() <= kLinearMax / 2) index_.clear();
    if (peers_.size() >= kCapacityFirst && peers_.size() < peers_.capacity() / 4) {
      std::vector<Peer> smaller;
      smaller.reserve(peers_.capacity() / 2);
      smaller.assign(peers_.begin(), peers_.end());
      peers_.swap(smaller);
    }
  }

  /// Removes every peer silent for more than `expiry` ticks and calls `on_removed(compact, kind)` for it.
  /// Returns in how many ticks the next one can be due, at least 1.
  template <class OnRemoved>
  Tick sweep(Tick now, Tick expiry, const SecretHash& hash, OnRemoved on_removed) {
    Tick oldest = 0;
    // From the back: erase() fills a hole only from behind it, that is, with peers already checked.
    for (std::size_t i = peers_.size(); i-- > 0;) {
      const auto at = static_cast<Position>(i);
      const auto age = static_cast<Tick>(now - peers_[at].seen);
      if (age <= expiry) {
        oldest = std::max(oldest, age);
        continue;
      }
      const Compact gone = peers_[at].compact;
      const PeerKind was = kind(at);
      erase(at, hash);
      on_removed(gone, was);
    }
    return static_cast<Tick>(expiry - oldest + 1);
  }

  /// Appends the compact forms of `count` different peers, drawn at random from positions `first` to `last` (not
  /// included), to `out`, fewer when there are no more; never the one at `skip`. Returns how many. Costs O(count).
  ///
  /// The candidates, starting at a random place, are divided into as many equal strata as peers are wanted, and one is
  /// drawn from each: every peer has the same chance, none is drawn twice, and nothing has to be remembered or
  /// shuffled.
  std::size_t sample(std::size_t count, std::size_t first, std::size_t last, Position skip, Rng& rng,
                     Bytes& out) const {
    const std::size_t candidates = last - first;
    const std::size_t picks = std::min(candidates, count + (skip >= first && skip < last ? 1 : 0));
    if (picks == 0) return 0;
    const std::size_t rotation = rng.below(candidates);
    const std::size_t start = out.size();
    out.resize(start + std::min(picks, count) * kCompactBytes);
    std::size_t taken = 0;
    for (std::size_t stratum = 0; stratum < picks && taken < count; ++stratum) {
      const std::size_t begin = stratum * candidates / picks;
      const std::size_t width = (stratum + 1) * candidates / picks - begin;
      std::size_t at = begin + (width > 1 ? rng.below(width) : 0) + rotation;
      if (at >= candidates) at -= candidates;
      at += first;
      if (at == skip) continue;
      std::memcpy(out.data() + start + taken * kCompactBytes, peers_[at].compact.data(), kCompactBytes);
      ++taken;
    }
    out.resize(start + taken * kCompactBytes);
    return taken;
  }

  /// Asserts the invariants. For tests and the simulator.
  void check_invariants(const SecretHash& hash) const {
    STP_ASSERT(downloaders_ <= leeches_ && leeches_ <= peers_.size());
    STP_ASSERT(index_.size() == 0 || index_.size() == peers_.size());
    STP_ASSERT(index_.size() > 0 || peers_.size() <= kLinearMax);
    for (Position at = 0; at < peers_.size(); ++at) STP_ASSERT(find(peers_[at].compact, hash) == at);
  }

 private:
  struct Peer {
    Compact compact;
    Tick seen;
  };
  static_assert(sizeof(Peer) == AddressBytes + 4);

  // Sixteen IPv4 records are two cache lines: faster to scan than to hash.
  static constexpr std::size_t kLinearMax = 16;
  static constexpr std::size_t kIndexBytesFirst = 2 * kLinearMax * sizeof(Position);
  // The smallest block of a common allocator holds three IPv4 records.
  static constexpr std::size_t kCapacityFirst = 3;

  [[nodiscard]] std::size_t grown_capacity() const {
    return std::max(kCapacityFirst, peers_.capacity() + peers_.capacity() / 2);
  }
  [[nodiscard]] auto hash_of(const SecretHash& hash) const {
    return [this, &hash](Position at) { return hash(peers_[at].compact); };
  }
  // Crosses one border after the other, each time by swapping with the peer next to it.
  Position move_to(Position position, PeerKind kind, const SecretHash& hash) {
    if (kind != PeerKind::seed && position >= leeches_) position = cross_down(position, leeches_, hash);
    if (kind == PeerKind::downloader && position >= downloaders_) position = cross_down(position, downloaders_, hash);
    if (kind != PeerKind::downloader && position < downloaders_) position = cross_up(position, downloaders_, hash);
    if (kind == PeerKind::seed && position < leeches_) position = cross_up(position, leeches_, hash);
    return position;
  }
  Position cross_down(Position position, std::uint32_t& border, const SecretHash& hash) {
    swap(position, border, hash);
    return border++;
  }
  Position cross_up(Position position, std::uint32_t& border, const SecretHash& hash) {
    --border;
    swap(position, border, hash);
    return border;
  }
  void swap(Position a, Position b, const SecretHash& hash) {
    if (a == b) return;
    if (index_.size() > 0) {
      // Through kMoving, since otherwise two records would briefly claim one position.
      const std::uint64_t hash_a = hash(peers_[a].compact);
      const std::uint64_t hash_b = hash(peers_[b].compact);
      index_.relocate(hash_a, a, kMoving);
      index_.relocate(hash_b, b, a);
      index_.relocate(hash_a, kMoving, b);
    }
    std::swap(peers_[a], peers_[b]);
  }
  static constexpr Position kMoving = kNone - 1;

  std::vector<Peer> peers_;
  HashIndex index_;
  std::uint32_t downloaders_ = 0;
  std::uint32_t leeches_ = 0;
};

}  // namespace stp::tracker
