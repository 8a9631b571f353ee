// The kinds of messages that a run counts: over connections, in datagrams and to trackers.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <variant>

#include "core/bytes.h"
#include "wire/message.h"

namespace stp::sim {

/// Names by kind. The first are those of wire::Message, by index.
inline constexpr std::array<const char*, 31> kMessageKinds = {"hello",
                                                              "bitfield",
                                                              "have-all",
                                                              "have-none",
                                                              "have",
                                                              "interested",
                                                              "choke",
                                                              "unchoke",
                                                              "request",
                                                              "cancel",
                                                              "reject",
                                                              "hash-request",
                                                              "hashes",
                                                              "hash-reject",
                                                              "metainfo-request",
                                                              "metainfo-part",
                                                              "metainfo-reject",
                                                              "peers",
                                                              "keep-alive",
                                                              "bye",
                                                              "suggest",
                                                              "dont-have",
                                                              "dht ping",
                                                              "dht find_node",
                                                              "dht get_peers",
                                                              "dht announce_peer",
                                                              "dht reply",
                                                              "dht error",
                                                              "dht other",
                                                              "lan announce",
                                                              "tracker request"};

inline constexpr std::size_t kFirstDatagramKind = std::variant_size_v<wire::Message>;
inline constexpr std::size_t kTrackerRequest = kMessageKinds.size() - 1;
inline constexpr std::size_t kLanAnnounce = kTrackerRequest - 1;
static_assert(kLanAnnounce == kFirstDatagramKind + 7);

/// The size of a datagram with its IP and UDP headers.
[[nodiscard]] inline std::int64_t bytes_of_datagram(ByteSpan datagram) {
  return static_cast<std::int64_t>(datagram.size()) + 28;
}

/// The kind of a datagram: an announcement on a local network (BEP 14), or in KRPC (BEP 5) a query by its method, a
/// reply or an error. Looks only where an honest encoder puts these: keys are sorted, and "y" is the last.
[[nodiscard]] std::size_t kind_of_datagram(ByteSpan datagram);

}  // namespace stp::sim
