// Makes one share from files, or one of each file: hashes what scan() listed and builds the metainfo.
//
// The files may be in use meanwhile: one that changes is hashed again, one that vanishes, can't be read or changes each
// time is left out, with a warning. When everything is hashed, all files are checked once more.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "content/hash_store.h"
#include "content/metainfo.h"
#include "content/parallel_hasher.h"
#include "content/scan.h"
#include "content/source_storage.h"
#include "core/result.h"

namespace stp::content {

/// A power of two from 16 KiB to 16 MiB that cuts `total_bytes` into about 1,000 to 2,000 chunks: few enough for small
/// bitfields and proofs, enough for many peers to trade.
[[nodiscard]] std::uint32_t choose_chunk_bytes(std::int64_t total_bytes);

/// The same for a hybrid of several files of these sizes: halved while the pads of its v1 part are more than the files.
/// They are hashed, and clients that do not know pads fetch them. That gives at most three chunks per file more.
[[nodiscard]] std::uint32_t choose_hybrid_chunk_bytes(std::span<const std::int64_t> file_bytes);

struct Share {
  std::shared_ptr<const Metainfo> metainfo;
  ChunkHashes hashes;                 // complete
  std::vector<SourceFile> sources;    // one per file of the metainfo: what SourceStorage needs
  std::int64_t bytes_hashed = 0;      // the rest came from the store
  std::vector<std::string> warnings;  // one line for each file that was left out, names escaped
};

struct BuildOptions {
  std::uint32_t chunk_bytes = 0;     // 0: chosen from the sizes, so the same files give the same share everywhere
  bool with_v1 = false;              // a hybrid, for clients of v1, too: SHA-1 besides SHA-256 in one pass
  bool private_flag = false;         // BEP 27
  bool times = false;                // the metainfo has modification times; the link then depends on them
  const HashStore* store = nullptr;  // null: everything is read. Updated when the share is built.
  std::int64_t now_ns = 0;           // when hashing starts, by the clock of file times; 0: read it
  HashOptions hashing;
};

/// Hashes what the store does not know, with all cores. What is too much for a hybrid (its info dictionary is about twice
/// as long) becomes a share of v2, with a warning. Errors: not_found, denied, integrity, io (no file is left; the
/// first is named), limit (too many chunks), "interrupted".
[[nodiscard]] Result<Share> build_share(const Scan& scan, const BuildOptions& options);

/// A share of each file alone, in the order of `files`, in chunks of its own size (BuildOptions::chunk_bytes does not
/// count). An error of one is why it could not be hashed: not_found, denied, integrity, io, limit. The error of all is
/// "interrupted".
[[nodiscard]] Result<std::vector<Result<Share>>> build_each(std::vector<ScannedFile> files,
                                                            const BuildOptions& options);

}  // namespace stp::content
