// Distinct types for distinct things: identifiers of fixed size and indexes that do not mix.
#pragma once

#include <algorithm>
#include <array>
#include <compare>
#include <cstdint>
#include <cstring>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "core/bytes.h"

namespace stp {

/// N bytes with a meaning. Ordered bytewise, as big-endian numbers are.
template <class Tag, std::size_t N>
struct FixedBytes {
  static constexpr std::size_t kSize = N;
  std::array<std::byte, N> bytes{};

  auto operator<=>(const FixedBytes&) const = default;

  [[nodiscard]] ByteSpan span() const { return bytes; }
  [[nodiscard]] std::string hex() const { return to_hex(bytes); }

  /// The id in `raw`; nullopt when its size is not N.
  [[nodiscard]] static std::optional<FixedBytes> from(ByteSpan raw) {
    if (raw.size() != N) return std::nullopt;
    FixedBytes id;
    std::copy(raw.begin(), raw.end(), id.bytes.begin());
    return id;
  }
  /// The id written in `text` as 2·N hex digits.
  [[nodiscard]] static std::optional<FixedBytes> parse_hex(std::string_view text) {
    const std::optional<Bytes> raw = from_hex(text);
    return raw ? from(*raw) : std::nullopt;
  }
};

/// A DHT node (BEP 5). 20 bytes.
using NodeId = FixedBytes<struct NodeIdTag, 20>;
/// What peers announce under: truncated info-hash of a public share, keyed hash of a private one's secret.
using SwarmKey = FixedBytes<struct SwarmKeyTag, 20>;
/// SHA-256 of a metainfo's info dictionary (BEP 52).
using InfoHash = FixedBytes<struct InfoHashTag, 32>;
/// A SHA-256 in a Merkle tree: of a block, of two children, or a root (BEP 52).
using Hash256 = FixedBytes<struct Hash256Tag, 32>;
/// Drawn at random by each process; with it a peer recognizes connections to itself and second connections to one peer.
using SessionId = FixedBytes<struct SessionIdTag, 20>;

/// A number that counts one kind of thing.
template <class Tag>
struct Index {
  std::uint32_t value = 0;
  auto operator<=>(const Index&) const = default;
  Index& operator++() {
    ++value;
    return *this;
  }
};

/// A chunk of a share, counted from 0 in metainfo order over all files.
using ChunkIndex = Index<struct ChunkIndexTag>;

/// Hash for unordered lookup only; its order must never reach a wire or a decision.
struct IdHash {
  template <class Tag, std::size_t N>
  std::size_t operator()(const FixedBytes<Tag, N>& id) const {
    static_assert(N >= sizeof(std::size_t));
    std::size_t value = 0;
    std::memcpy(&value, id.bytes.data() + N - sizeof value, sizeof value);
    return value;
  }
  template <class Tag>
  std::size_t operator()(const Index<Tag>& index) const {
    return std::hash<std::uint32_t>{}(index.value);
  }
};

}  // namespace stp
