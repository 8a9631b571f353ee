// UDP tracker datagrams, as a client writes and reads them.
//
// Spec: BEP 15 (UDP tracker protocol, with its section on IPv6) and BEP 41 (URL data options). All numbers are
// big-endian.
//
//   connect   u64 0x41727101980 ‖ u32 0 ‖ u32 transaction                → u32 0 ‖ u32 transaction ‖ u64 connection
//   announce  u64 connection ‖ u32 1 ‖ u32 transaction ‖ 82 bytes ‖ options
//                                → u32 1 ‖ u32 transaction ‖ u32 interval ‖ u32 leechers ‖ u32 seeders ‖ peers
//   error     u32 3 ‖ u32 transaction ‖ text
//
// Peers are 6 bytes each in a reply that came over IPv4 and 18 in one that came over IPv6. A reply is a stranger's
// datagram: one that is too short is refused, a truncated last peer is dropped, and at most kReplyPeersMax are kept.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <variant>

#include "core/bytes.h"
#include "tracker/announce_request.h"
#include "tracker/tracker_reply.h"

namespace stp::tracker {

inline constexpr std::size_t kUdpConnectBytes = 16;
inline constexpr std::size_t kUdpAnnounceBytes = 98;
/// URL data that is sent; a longer path and query is cut, following BEP 41's rule that a datagram is small.
inline constexpr std::size_t kUdpUrlBytesMax = 1024;

struct UdpConnected {
  std::uint64_t connection = 0;
};
struct UdpReply {
  std::uint32_t transaction = 0;
  std::variant<UdpConnected, TrackerReply> body;  // an error is a TrackerReply with a failure
};

[[nodiscard]] Bytes encode_udp_connect(std::uint32_t transaction);
/// `url_data`: path and query of the tracker's URL; empty: no options.
[[nodiscard]] Bytes encode_udp_announce(std::uint64_t connection, std::uint32_t transaction,
                                        const AnnounceRequest& request, std::string_view url_data);

/// nullopt: not a datagram of this protocol. `ipv6`: it came over IPv6.
[[nodiscard]] std::optional<UdpReply> decode_udp_reply(ByteSpan datagram, bool ipv6);

}  // namespace stp::tracker
