// The BitTorrent handshake (wire/bt_handshake.h): encoding what was decoded changes nothing but unknown reserved bits.
#include <algorithm>
#include <cstdint>

#include "core/result.h"
#include "wire/bt_handshake.h"

using namespace stp;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const ByteSpan bytes = std::as_bytes(std::span(data, size));
  const Result<wire::BtHandshake> decoded = wire::decode_bt_handshake(bytes);
  STP_ASSERT(!decoded.ok() || wire::may_be_bt_handshake(bytes));
  if (!decoded) return 0;
  const auto encoded = wire::encode(*decoded);
  constexpr std::size_t kReservedAt = 20;
  constexpr std::size_t kReservedEnd = 28;
  STP_ASSERT(std::equal(bytes.begin(), bytes.begin() + kReservedAt, encoded.begin()));
  STP_ASSERT(std::equal(bytes.begin() + kReservedEnd, bytes.end(), encoded.begin() + kReservedEnd));
  for (std::size_t i = kReservedAt; i < kReservedEnd; ++i) STP_ASSERT((encoded[i] & ~bytes[i]) == std::byte{0});
  const Result<wire::BtHandshake> again = wire::decode_bt_handshake(encoded);
  STP_ASSERT(again.ok() && *again == *decoded);
  return 0;
}
