// An announcement on the local network, as a datagram. Spec: BEP 14 "Protocol".
//
//   BT-SEARCH * HTTP/1.1
//   Host: 239.192.152.143:6771        the group that it is sent to
//   Port: 64500                       where the sender accepts connections
//   Infohash: 40 hex digits           once or several times: swarm keys
//   cookie: 9e3779b97f4a7c15          by which the sender recognises its own
//
// with CR LF after each line, followed by two empty lines. Everything in a datagram is from strangers: it is bounded,
// and nothing of it is trusted.
#pragma once

#include <string>
#include <vector>

#include "core/bytes.h"
#include "core/endpoint.h"
#include "core/ids.h"
#include "core/result.h"

namespace stp::lan {

inline constexpr Port kGroupPort = 6771;
/// 239.192.152.143:6771 and [ff15::efc0:988f]:6771.
[[nodiscard]] Endpoint group_v4();
[[nodiscard]] Endpoint group_v6();

/// Longer datagrams might be fragmented (BEP 14); we send none and read no longer ones than kReadBytesMax.
inline constexpr std::size_t kDatagramBytesMax = 1400;
inline constexpr std::size_t kReadBytesMax = 2048;
/// This many keys always fit into a datagram of kDatagramBytesMax.
inline constexpr std::size_t kKeysPerDatagram = 25;
/// Further keys of a datagram are not read.
inline constexpr std::size_t kKeysReadMax = 40;
/// A longer cookie counts as none.
inline constexpr std::size_t kCookieBytesMax = 32;

struct LanMessage {
  Port port = 0;               // never 0
  std::vector<SwarmKey> keys;  // one to kKeysReadMax, in the order of the datagram
  std::string cookie;          // empty: none

  bool operator==(const LanMessage&) const = default;
};

/// At most kKeysPerDatagram keys; `group` is one of the two. The cookie is printable and short.
[[nodiscard]] Bytes encode(const LanMessage& message, const Endpoint& group);

/// Header names in any case, LF instead of CR LF, unknown headers, and info-hashes of another length (which are left
/// out) are accepted. ErrorKind::malformed: another method, no empty line at the end, no valid port or no key;
/// ErrorKind::limit: too long.
[[nodiscard]] Result<LanMessage> decode(ByteSpan datagram);

}  // namespace stp::lan
