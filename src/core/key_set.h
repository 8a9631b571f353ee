// KeySet: some of the keys of one share's swarm, by their position in the swarm's list of keys (Swarm::keys()).
//
// It says under which keys a peer is known to be a member. An empty set says that this is not known: any key may do.
#pragma once

#include <cstddef>
#include <cstdint>

namespace stp {

class KeySet {
 public:
  /// A swarm has no more keys than this: one per version of BitTorrent's metainfo.
  static constexpr std::size_t kKeysMax = 2;

  constexpr KeySet() = default;
  [[nodiscard]] static constexpr KeySet only(std::size_t key) {
    KeySet set;
    set.bits_ = static_cast<std::uint8_t>(1U << key);
    return set;
  }

  [[nodiscard]] constexpr bool empty() const { return bits_ == 0; }
  [[nodiscard]] constexpr bool contains(std::size_t key) const { return (bits_ >> key & 1U) != 0; }
  /// Whether it makes sense to try the key: it is in the set, or nothing is known.
  [[nodiscard]] constexpr bool allows(std::size_t key) const { return empty() || contains(key); }
  constexpr KeySet& operator|=(KeySet other) {
    bits_ = static_cast<std::uint8_t>(bits_ | other.bits_);
    return *this;
  }
  bool operator==(const KeySet&) const = default;

 private:
  std::uint8_t bits_ = 0;
};

}  // namespace stp
