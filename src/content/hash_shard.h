// The bytes of one shard of the hash store (hash_store.h).
//
//   0   13  "stp hashes 3\n"
//   13  32  SHA-256 of the rest
//   45  …   records, the one written longest ago first; numbers are big-endian:
//     0   4  chunk size        4  8  size      12 8  modification time    20 8  change time
//     28  8  inode             36 8  device    44 8  birth time, 0 if the file system keeps none
//     52  8  the first bytes of the SHA-256 of the path
//     60 32  root              92  1  how many sets of SHA-1 hashes there are
//     93  …  for a file of several chunks: 32 bytes for each
//      …  …  of each set: 4 bytes chunk size, 20 for each chunk, 20 for the last chunk without zeros (file_hashes.h)
// Times are in ns since 1970.
#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "content/file_hashes.h"
#include "content/posix_file.h"
#include "core/bytes.h"
#include "core/result.h"

namespace stp::content {

/// A path, as far as it is needed to recognise it.
using PathDigest = std::array<std::byte, 8>;

struct HashRecord {
  FileSignature signature;
  std::int64_t born_ns = 0;
  PathDigest path{};
  FileHashes hashes;
};

/// The largest shard that is read: a file of the most chunks that a share may have fits twice.
inline constexpr std::size_t kShardBytesMax = std::size_t{128} * 1024 * 1024;

[[nodiscard]] std::size_t record_bytes(const HashRecord& record);
[[nodiscard]] Bytes encode_shard(const std::vector<HashRecord>& records);
/// Malformed for anything that encode_shard() does not produce.
[[nodiscard]] Result<std::vector<HashRecord>> decode_shard(ByteSpan bytes);

}  // namespace stp::content
