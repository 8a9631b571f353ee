#include "wire/bt_handshake.h"

#include <algorithm>
#include <string>
#include <string_view>

namespace stp::wire {
namespace {

constexpr std::string_view kProtocol =
    "\x13"
    "BitTorrent protocol";
constexpr std::size_t kReservedAt = kProtocol.size();
constexpr std::size_t kKeyAt = kReservedAt + 8;
constexpr std::size_t kPeerIdAt = kKeyAt + SwarmKey::kSize;
static_assert(kPeerIdAt + SessionId::kSize == kBtHandshakeBytes);

struct ReservedBit {
  bool BtHandshake::*flag;
  std::size_t byte;
  std::byte mask;
};
constexpr ReservedBit kReservedBits[] = {
    {&BtHandshake::stp, 4, std::byte{0x10}}, {&BtHandshake::extensions, 5, std::byte{0x10}},
    {&BtHandshake::dht, 7, std::byte{0x01}}, {&BtHandshake::fast, 7, std::byte{0x04}},
    {&BtHandshake::v2, 7, std::byte{0x10}},
};

}  // namespace

std::array<std::byte, kBtHandshakeBytes> encode(const BtHandshake& handshake) {
  std::array<std::byte, kBtHandshakeBytes> bytes{};
  std::copy_n(as_bytes(kProtocol).begin(), kProtocol.size(), bytes.begin());
  for (const ReservedBit& bit : kReservedBits) {
    if (handshake.*bit.flag) bytes[kReservedAt + bit.byte] |= bit.mask;
  }
  std::copy(handshake.key.bytes.begin(), handshake.key.bytes.end(), bytes.begin() + kKeyAt);
  std::copy(handshake.peer_id.bytes.begin(), handshake.peer_id.bytes.end(), bytes.begin() + kPeerIdAt);
  return bytes;
}

Result<BtHandshake> decode_bt_handshake(ByteSpan bytes) {
  if (bytes.size() != kBtHandshakeBytes) {
    return Error{ErrorKind::malformed,
                 "BitTorrent handshake: " + std::to_string(bytes.size()) + " bytes instead of 68"};
  }
  if (!may_be_bt_handshake(bytes)) {
    return Error{ErrorKind::malformed, "BitTorrent handshake: does not begin with \"BitTorrent protocol\""};
  }
  BtHandshake handshake;
  for (const ReservedBit& bit : kReservedBits) {
    handshake.*bit.flag = (bytes[kReservedAt + bit.byte] & bit.mask) != std::byte{0};
  }
  handshake.key = *SwarmKey::from(bytes.subspan(kKeyAt, SwarmKey::kSize));
  handshake.peer_id = *SessionId::from(bytes.subspan(kPeerIdAt, SessionId::kSize));
  return handshake;
}

bool may_be_bt_handshake(ByteSpan start) {
  const std::size_t size = std::min(start.size(), kProtocol.size());
  return as_text(start.first(size)) == kProtocol.substr(0, size);
}

}  // namespace stp::wire
