// KRPC: the DHT's messages as typed values, and their bencoding. Spec: BEP 5 "KRPC Protocol", BEP 32 (IPv6), BEP 42
// (`ip`), BEP 43 (`ro`).
//
// Decoding accepts what other implementations really send: unsorted dictionaries, unknown keys, error messages that
// also carry an `r` (`y` decides). A query of an unknown method that names a `target` or `info_hash` is read as
// find_node, so extensions degrade into routing help; not one that asks for something to be stored (`put`, or any with
// a `token`), since its sender would take the answer for a success. `v` is written and never read.
//
// A datagram is one of three: a message; a query that can only be refused because its arguments are missing or wrong
// (BadQuery); or malformed. Optional arguments of the wrong type count as missing.
//
// Invariant: decode(encode(m)) == m for every message whose lists are within limits.h. Thread-safe (values only).
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "bencode/bencode.h"
#include "core/bytes.h"
#include "core/result.h"
#include "dht/bloom_filter.h"
#include "dht/contact.h"
#include "dht/limits.h"

namespace stp::dht {

/// At most N bytes without an allocation.
template <std::size_t N>
class ShortBytes {
 public:
  ShortBytes() = default;
  /// nullopt when `raw` is longer than N.
  [[nodiscard]] static std::optional<ShortBytes> from(ByteSpan raw) {
    static_assert(N < 256);
    if (raw.size() > N) return std::nullopt;
    ShortBytes result;
    std::copy(raw.begin(), raw.end(), result.bytes_.begin());
    result.size_ = static_cast<std::uint8_t>(raw.size());
    return result;
  }
  [[nodiscard]] ByteSpan span() const { return ByteSpan(bytes_).first(size_); }
  bool operator==(const ShortBytes&) const = default;

 private:
  std::array<std::byte, N> bytes_{};
  std::uint8_t size_ = 0;
};

using TransactionId = ShortBytes<kTransactionBytesMax>;
using Token = ShortBytes<kTokenBytesMax>;

enum class Method : std::uint8_t { ping, find_node, get_peers, announce_peer, unknown };
[[nodiscard]] const char* to_string(Method method);

/// Codes of BEP 5 "Errors".
enum class FaultCode : std::uint16_t { generic = 201, server = 202, protocol = 203, unknown_method = 204 };

struct Query {
  Method method = Method::ping;
  NodeId sender;
  NodeId target;  // find_node: target; get_peers, announce_peer: info_hash
  /// get_peers only (BEP 33): leave out seeds; send the filters of a Scrape.
  bool no_seeds = false;
  bool scrape = false;
  /// BEP 32 `want`; neither: the family that the query came over.
  bool want_v4 = false;
  bool want_v6 = false;
  /// announce_peer only.
  Token token;
  Port port = 0;
  bool implied_port = false;  // use the datagram's source port instead; `port` may then be anything, read as 0 if it
                              // does not fit
  bool seed = false;          // BEP 33
  bool read_only = false;     // BEP 43
  bool operator==(const Query&) const = default;
};

/// A query whose sender can be answered, but only with error 203.
struct BadQuery {
  std::string_view why;  // a short literal: it is sent
  bool operator==(const BadQuery&) const = default;
};

struct Reply {
  NodeId sender;
  std::optional<std::vector<NodeContact>> nodes;   // IPv4
  std::optional<std::vector<NodeContact>> nodes6;  // IPv6
  std::vector<Endpoint> values;
  std::optional<Token> token;
  std::optional<Scrape> scrape;
  bool operator==(const Reply&) const = default;
};

struct Fault {
  std::int64_t code = 0;
  std::string text;
  bool operator==(const Fault&) const = default;
};

struct Message {
  TransactionId transaction;
  std::optional<Endpoint> observed;  // `ip` of a reply or fault: the querier's endpoint as the answering node sees it
  std::variant<Query, BadQuery, Reply, Fault> body;
  bool operator==(const Message&) const = default;
};

/// Reads one datagram. `scratch` is overwritten; keep it from one call to the next to save allocations.
[[nodiscard]] Result<Message> decode(ByteSpan datagram, bencode::Document& scratch);

/// A canonical datagram. A query of Method::unknown or a BadQuery is our own mistake and asserts.
[[nodiscard]] Bytes encode(const Message& message);

/// How many bytes encode() uses for `values` endpoints of `family`, without the list around them.
[[nodiscard]] constexpr std::size_t encoded_values_bytes(Family family, std::size_t values) {
  return values * (family == Family::v4 ? 2 + 6 : 3 + 18);
}
/// How many bytes encode() uses for a Scrape.
inline constexpr std::size_t kEncodedScrapeBytes = 2 * (6 + 4 + BloomFilter::kBytes);

}  // namespace stp::dht
