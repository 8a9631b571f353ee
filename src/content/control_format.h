// The bytes of a control file (NAME.stp): what a download needs to continue.
//
//   0   8  "stp get\n"
//   8   4  version, 2                                   numbers are big-endian
//   12  4  chunks of the share
//   16  8  bytes of the static part
//   24 32  info-hash
//   56 32  SHA-256 of bytes 0..55 and the static part
//   88  …  static part: bencoded dictionary
//            boot    boot id of the system that made the marks
//            info    the info dictionary
//            layers  list, for each file of more than one chunk: its chunk hashes, or "" while they are unknown;
//                    empty in a share of v1 alone
//   …   …  marks: one bit per chunk, chunk 0 in the high bit; spare bits are 0
//   …   …  seals: 32 bytes per file: what it looked like after our last write to it, all zero when that is unknown
//            0  8 modification time   8  8 change time   16 8 inode   24 8 device          times in ns since 1970
//
// Marks and seals change in place, a byte or a seal at a time; everything before them is replaced as a whole. They are
// outside the checksum for that reason. A mark says that the bytes were verified before it was set, and counts while
// the file has its full length and matches its seal (file_seals.h).
#pragma once

#include <array>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "content/metainfo.h"
#include "content/posix_file.h"
#include "core/bitfield.h"
#include "core/bytes.h"
#include "core/result.h"

namespace stp::content {

inline constexpr std::size_t kControlHeaderBytes = 88;
inline constexpr std::size_t kControlBytesMax = std::size_t{96} * 1024 * 1024;
inline constexpr std::size_t kBootIdBytesMax = 64;
inline constexpr std::size_t kSealBytes = 32;
static_assert(kControlBytesMax >
              kInfoBytesMax + std::size_t{kChunksMax} * (sizeof(Hash256) + 1) + kFilesMax * kSealBytes);

struct ControlContents {
  std::shared_ptr<const Metainfo> metainfo;
  ChunkHashes hashes;
  std::string boot_id;  // at most kBootIdBytesMax
  Bitfield marks;       // of metainfo->chunk_count() bits
  // One per file, or none at all: FileSignature() where it is unknown.
  std::vector<FileSignature> seals = {};
};

struct EncodedControl {
  Bytes bytes;
  std::size_t marks_offset = 0;  // the seals come right after them
};
[[nodiscard]] EncodedControl encode_control(const ControlContents& contents);

struct DecodedControl {
  ControlContents contents;  // with a seal for each file
  std::size_t marks_offset = 0;
};
/// Malformed, unsupported (a later version) or integrity error; the message does not name the file.
[[nodiscard]] Result<DecodedControl> decode_control(ByteSpan bytes);

/// The bytes of one seal.
[[nodiscard]] std::array<std::byte, kSealBytes> encode_seal(const FileSignature& signature);

/// The info-hash that a control file begins with, unchecked; nullopt when `header` does not look like one.
[[nodiscard]] std::optional<InfoHash> peek_control(ByteSpan header);

}  // namespace stp::content
