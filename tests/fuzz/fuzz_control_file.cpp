// content::decode_control: an accepted control file is one that encode_control writes, byte for byte. The checksum is
// corrected first, or nothing would ever get past it.
#include <algorithm>
#include <cstddef>
#include <cstdint>

#include "content/control_format.h"
#include "crypto/sha256.h"

namespace {

using namespace stp;

void fix_checksum(Bytes& bytes) {
  constexpr std::size_t kChecksumOffset = 56;
  const auto static_bytes = load_be<std::uint64_t>(bytes.data() + 16);
  const std::size_t body = bytes.size() - content::kControlHeaderBytes;
  crypto::Sha256 hash;
  hash.update(ByteSpan(bytes).first(kChecksumOffset));
  hash.update(ByteSpan(bytes).subspan(content::kControlHeaderBytes,
                                      static_cast<std::size_t>(std::min<std::uint64_t>(static_bytes, body))));
  const Hash256 sum = hash.finish();
  std::copy(sum.bytes.begin(), sum.bytes.end(), bytes.begin() + kChecksumOffset);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  Bytes bytes = to_bytes(ByteSpan(reinterpret_cast<const std::byte*>(data), size));
  if (bytes.size() >= content::kControlHeaderBytes) fix_checksum(bytes);
  const auto decoded = content::decode_control(bytes);
  if (!decoded) {
    STP_ASSERT(!decoded.error().message.empty());
    return 0;
  }
  STP_ASSERT(content::peek_control(bytes) == decoded->contents.metainfo->info_hash());
  const content::EncodedControl encoded = content::encode_control(decoded->contents);
  STP_ASSERT(encoded.marks_offset == decoded->marks_offset);
  // Keys that are not ours may stand in the dictionary and are dropped; without them the bytes are the same.
  STP_ASSERT(encoded.bytes.size() <= bytes.size());
  STP_ASSERT(encoded.bytes.size() < bytes.size() || encoded.bytes == bytes);
  const auto again = content::decode_control(encoded.bytes);
  STP_ASSERT(again.ok());
  STP_ASSERT(again->contents.marks == decoded->contents.marks && again->contents.boot_id == decoded->contents.boot_id);
  return 0;
}
