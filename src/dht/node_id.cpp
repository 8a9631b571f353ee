#include "dht/node_id.h"

#include <array>
#include <bit>

#include "core/result.h"

namespace stp::dht {
namespace {

constexpr std::array<std::uint32_t, 256> make_crc_table() {
  std::array<std::uint32_t, 256> table{};
  for (std::uint32_t i = 0; i < 256; ++i) {
    std::uint32_t crc = i;
    for (int bit = 0; bit < 8; ++bit) crc = (crc >> 1) ^ ((crc & 1U) != 0 ? 0x82f63b78U : 0U);
    table[i] = crc;
  }
  return table;
}
constexpr std::array<std::uint32_t, 256> kCrcTable = make_crc_table();

// The part of `id` that BEP 42 prescribes for `address`: the high 21 bits of the returned word.
std::uint32_t secure_prefix(const IpAddress& address, unsigned r) {
  static constexpr std::array<unsigned, 4> kMask4 = {0x03, 0x0f, 0x3f, 0xff};
  static constexpr std::array<unsigned, 8> kMask6 = {0x01, 0x03, 0x07, 0x0f, 0x1f, 0x3f, 0x7f, 0xff};
  std::array<std::byte, 8> masked{};
  const std::size_t size = address.is_v4() ? 4 : 8;
  for (std::size_t i = 0; i < size; ++i) {
    masked[i] = address.bytes()[i] & static_cast<std::byte>(address.is_v4() ? kMask4[i] : kMask6[i]);
  }
  masked[0] |= static_cast<std::byte>((r & 7U) << 5);
  return crc32c(ByteSpan(masked).first(size));
}

constexpr std::uint32_t kSecureBits = 0xfffff800;  // 21 bits

}  // namespace

NodeId distance(const NodeId& a, const NodeId& b) {
  NodeId result;
  for (std::size_t i = 0; i < NodeId::kSize; ++i) result.bytes[i] = a.bytes[i] ^ b.bytes[i];
  return result;
}

bool closer(const NodeId& a, const NodeId& b, const NodeId& target) {
  for (std::size_t i = 0; i < NodeId::kSize; ++i) {
    const std::byte left = a.bytes[i] ^ target.bytes[i];
    const std::byte right = b.bytes[i] ^ target.bytes[i];
    if (left != right) return left < right;
  }
  return false;
}

std::size_t common_prefix(const NodeId& a, const NodeId& b) {
  for (std::size_t i = 0; i < NodeId::kSize; ++i) {
    const auto differing = std::to_integer<std::uint8_t>(a.bytes[i] ^ b.bytes[i]);
    if (differing != 0) return i * 8 + static_cast<std::size_t>(std::countl_zero(differing));
  }
  return kIdBits;
}

NodeId random_id(Rng& rng) {
  NodeId id;
  rng.fill(id.bytes);
  return id;
}

NodeId random_id_at(const NodeId& base, std::size_t prefix, Rng& rng) {
  STP_ASSERT(prefix < kIdBits);
  NodeId id = random_id(rng);
  for (std::size_t bit = 0; bit <= prefix; ++bit) {
    const auto mask = static_cast<std::byte>(0x80U >> (bit % 8));
    const std::byte wanted = (bit == prefix ? ~base.bytes[bit / 8] : base.bytes[bit / 8]) & mask;
    id.bytes[bit / 8] = (id.bytes[bit / 8] & ~mask) | wanted;
  }
  return id;
}

std::uint32_t crc32c(ByteSpan data) {
  std::uint32_t crc = 0xffffffff;
  for (const std::byte b : data) crc = (crc >> 8) ^ kCrcTable[(crc ^ std::to_integer<std::uint32_t>(b)) & 0xff];
  return ~crc;
}

NodeId secure_id(const IpAddress& address, Rng& rng) {
  NodeId id = random_id(rng);
  const std::uint32_t prefix = secure_prefix(address, std::to_integer<unsigned>(id.bytes[19]) & 7U);
  const std::uint32_t top = (prefix & kSecureBits) | (load_be<std::uint32_t>(id.bytes.data()) & ~kSecureBits);
  store_be(id.bytes.data(), top);
  return id;
}

bool is_secure_id(const NodeId& id, const IpAddress& address) {
  if (address.is_local()) return true;
  const std::uint32_t prefix = secure_prefix(address, std::to_integer<unsigned>(id.bytes[19]) & 7U);
  return ((prefix ^ load_be<std::uint32_t>(id.bytes.data())) & kSecureBits) == 0;
}

}  // namespace stp::dht
