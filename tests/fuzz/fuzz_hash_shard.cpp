// content::decode_shard: an accepted shard is one that encode_shard writes, byte for byte. The checksum is corrected
// first, or nothing would ever get past it.
#include <algorithm>
#include <cstddef>
#include <cstdint>

#include "content/hash_shard.h"
#include "content/metainfo.h"
#include "crypto/sha256.h"

using namespace stp;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  constexpr std::size_t kChecksumAt = 13;
  constexpr std::size_t kBodyAt = kChecksumAt + sizeof(Hash256);
  Bytes bytes = to_bytes(ByteSpan(reinterpret_cast<const std::byte*>(data), size));
  if (bytes.size() >= kBodyAt) {
    const Hash256 sum = crypto::sha256(ByteSpan(bytes).subspan(kBodyAt));
    std::copy(sum.bytes.begin(), sum.bytes.end(), bytes.begin() + kChecksumAt);
  }
  const auto records = content::decode_shard(bytes);
  if (!records) {
    STP_ASSERT(!records.error().message.empty());
    return 0;
  }
  for (const content::HashRecord& record : *records) {
    const std::uint32_t chunks = content::chunks_in(record.signature.bytes, record.hashes.chunk_bytes);
    STP_ASSERT(chunks >= 1 && chunks <= kChunksMax);
    STP_ASSERT(record.hashes.layer.size() == (chunks > 1 ? chunks : 0));
    STP_ASSERT(content::layer_from(record.hashes, record.signature.bytes, kChunkBytesMax)->size() >= 1);
  }
  STP_ASSERT(content::encode_shard(*records) == bytes);
  return 0;
}
