// PeerIds: the peer ids of the latest peers to join, for replies in dictionaries (BEP 3).
//
// Hardly any client asks for dictionaries, and an id is more than twice as long as everything else kept per peer. So
// ids are not part of the swarms: a ring of fixed size remembers the newest ones, and a reply leaves out those that it
// has forgotten. Nothing else depends on an id; anybody can claim any.
//
// An entry is found by a 64-bit keyed hash of swarm and peer, made by the caller; a collision is practically
// impossible, and would only cause a wrong id in a reply. Invariant: the index holds exactly the positions of the ring
// that are in use. Not thread-safe.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "core/hash_index.h"
#include "core/ids.h"

namespace stp::tracker {

class PeerIds {
 public:
  /// Remembers at most `max` ids; takes memory as it needs it, 32 bytes per id and 5 to 11 to find it.
  explicit PeerIds(std::size_t max) : max_(max) {}

  /// The peer `who` now has the id `id`. Forgets the oldest one when there is no room.
  void remember(std::uint64_t who, const SessionId& id);
  /// nullopt: unknown, or forgotten.
  [[nodiscard]] std::optional<SessionId> find(std::uint64_t who) const;

  [[nodiscard]] std::size_t size() const { return ring_.size(); }
  [[nodiscard]] std::size_t memory_bytes() const { return ring_.capacity() * sizeof(Entry) + index_.memory_bytes(); }

 private:
  struct Entry {
    std::uint64_t who;
    SessionId id;
  };
  using Position = HashIndex::Position;

  [[nodiscard]] auto hash_of() const {
    return [this](Position at) { return ring_[at].who; };
  }
  [[nodiscard]] Position position_of(std::uint64_t who) const {
    return index_.find(who, [&](Position at) { return ring_[at].who == who; });
  }

  std::size_t max_;
  std::vector<Entry> ring_;
  Position next_ = 0;  // the oldest one, once the ring is full
  HashIndex index_;
};

}  // namespace stp::tracker
