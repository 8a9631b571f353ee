// Metainfo: what a share consists of, following BEP 52. The one content model for every wire, the disk and the
// simulator.
//
// A Metainfo is immutable once parsed or built, and shared freely between threads (shared_ptr<const Metainfo>). Chunks
// are numbered over all files in metainfo order; every non-empty file starts a new chunk, so a chunk is in exactly one
// file and the last chunk of a file may be short.
//
// Invariants:
//   1. info_hash() is SHA-256 of info_bytes();
//   2. every path passed path_rules.h: relative, no "..", nothing that leaves the target; no path occurs twice, none is
//      both a file and a folder;
//   3. chunk_count() <= kChunksMax, chunk size a power of two in [kChunkBytesMin, kChunkBytesMax];
//   4. there is at least one file or empty folder.
//
// Deviations from BEP 52: of a hybrid's info dictionary only the v2 keys are read; unknown keys are accepted and, being
// part of info_bytes(), kept. Of the attributes of BEP 47, "x" (executable) is kept; symbolic links are not created: a
// link is an empty file. A file's "mtime" (libtorrent's key: seconds since 1970) is kept when it is within (0,
// kFileTimeMax], and ignored otherwise. An empty dictionary in the file tree is an empty folder (libtorrent ignores
// it). A missing "name" is replaced by the info-hash.
//
// metainfo.cpp has the queries; metainfo_codec.cpp reads and writes the info dictionary.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "core/blocks.h"
#include "core/bytes.h"
#include "core/ids.h"
#include "core/result.h"

namespace stp::content {

/// The longest info dictionary that is read or written.
inline constexpr std::size_t kInfoBytesMax = 16 * 1024 * 1024;
/// Limits on files and on the total of their paths: a deep tree repeats its folders in every path.
inline constexpr std::size_t kFilesMax = 256 * 1024;
inline constexpr std::size_t kComponentsTotalMax = 2 * 1024 * 1024;
inline constexpr std::size_t kPathBytesTotalMax = 64 * 1024 * 1024;
/// Bencode tokens in an info dictionary: a file takes up to 13; folders and foreign keys share the rest.
inline constexpr std::size_t kInfoTokensMax = 4'000'000;
static_assert(kInfoTokensMax >= 13 * kFilesMax);
/// The latest modification time that is taken from a metainfo: the end of the year 9999, in seconds since 1970.
inline constexpr std::int64_t kFileTimeMax = 253'402'300'799;

struct FileEntry {
  std::vector<std::string> path;  // components below the share's root; one component for a single file
  std::int64_t bytes = 0;
  Hash256 root;                   // "pieces root"; zero for an empty file
  ChunkIndex first_chunk;         // meaningless for an empty file
  std::uint32_t chunk_count = 0;  // 0 for an empty file
  bool executable = false;        // BEP 47 "attr" has an "x"
  std::int64_t mtime = 0;         // when it was modified, in seconds since 1970, at most kFileTimeMax; 0: unknown
};

class Metainfo {
 public:
  /// Parses an info dictionary (canonical bencode, "meta version" 2). Every bound is checked: sizes, depth, paths.
  /// Errors: malformed, limit, unsupported (a different meta version).
  [[nodiscard]] static Result<std::shared_ptr<const Metainfo>> parse(ByteSpan info_bytes);

  /// Encodes and parses back. `files` in any order; sorted here like BEP 52's tree. first_chunk and chunk_count are
  /// ignored. With one file whose only component equals `name` it is a single-file share. `empty_folders` are paths
  /// below the root.
  [[nodiscard]] static Result<std::shared_ptr<const Metainfo>> build(
      const std::string& name, std::uint32_t chunk_bytes, std::vector<FileEntry> files, bool private_flag,
      std::vector<std::vector<std::string>> empty_folders = {});

  [[nodiscard]] const InfoHash& info_hash() const { return info_hash_; }
  [[nodiscard]] ByteSpan info_bytes() const { return info_bytes_; }
  [[nodiscard]] const std::string& name() const { return name_; }
  [[nodiscard]] bool is_single_file() const { return single_file_; }
  [[nodiscard]] bool is_private() const { return private_; }  // BEP 27
  [[nodiscard]] std::uint32_t chunk_bytes() const { return chunk_bytes_; }
  [[nodiscard]] const std::vector<FileEntry>& files() const { return files_; }
  [[nodiscard]] const std::vector<std::vector<std::string>>& empty_folders() const { return empty_folders_; }
  [[nodiscard]] std::uint32_t chunk_count() const { return chunk_count_; }
  [[nodiscard]] std::int64_t total_bytes() const { return total_bytes_; }

  /// Index into files() of the file that contains the chunk. O(log files). chunk < chunk_count().
  [[nodiscard]] std::size_t file_of(ChunkIndex chunk) const;
  /// Offset of the chunk in its file.
  [[nodiscard]] std::int64_t file_offset(ChunkIndex chunk) const;
  /// Payload bytes of the chunk: chunk_bytes(), less for a file's last.
  [[nodiscard]] std::uint32_t bytes_of(ChunkIndex chunk) const;
  [[nodiscard]] std::uint32_t blocks_of(ChunkIndex chunk) const;
  /// Whether the run is inside its chunk and not empty.
  [[nodiscard]] bool contains(const BlockRun& run) const;
  /// Payload bytes of the run; the file's last block may be short. contains(run).
  [[nodiscard]] std::uint32_t bytes_of(const BlockRun& run) const;

 private:
  friend class MetainfoParser;
  Metainfo() = default;
  Bytes info_bytes_;
  InfoHash info_hash_;
  std::string name_;
  bool single_file_ = false;
  bool private_ = false;
  std::uint32_t chunk_bytes_ = 0;
  std::uint32_t chunk_count_ = 0;
  std::int64_t total_bytes_ = 0;
  std::vector<FileEntry> files_;
  std::vector<std::vector<std::string>> empty_folders_;
  std::vector<std::uint32_t> chunk_owners_;  // indexes of non-empty files, ascending first_chunk
};

/// The root of one chunk's blocks, as ChunkHashes holds it. `chunks_of_file` is the chunk_count of its file: the tree
/// of a file of one chunk is only as wide as its blocks, any other chunk's is full. `leaves` is not empty.
[[nodiscard]] Hash256 chunk_root(std::span<const Hash256> leaves, std::uint32_t chunk_bytes,
                                 std::uint32_t chunks_of_file);

/// The chunk hashes of a share: BEP 52's piece layers, filled file by file as they are learned and proven.
/// Not thread-safe.
class ChunkHashes {
 public:
  /// Files of one chunk are known at once: their root is the hash.
  explicit ChunkHashes(std::shared_ptr<const Metainfo> metainfo);

  [[nodiscard]] bool complete() const { return known_ == hashes_.size(); }
  [[nodiscard]] bool known(ChunkIndex chunk) const { return known_bits_[chunk.value]; }
  [[nodiscard]] const Hash256& operator[](ChunkIndex chunk) const { return hashes_[chunk.value]; }

  /// Takes the whole layer of one file; integrity error when it does not match the file's root. Not for an empty file.
  [[nodiscard]] Status set_layer(std::size_t file, std::span<const Hash256> layer);
  /// Takes a part of a file's layer that the caller has proven: `hashes` from chunk `first` of the file on.
  void set_proven(std::size_t file, std::uint32_t first, std::span<const Hash256> hashes);
  /// Checks and takes what a peer sent: nodes [first, first + hashes.size()) of a file's chunk layer, padding included,
  /// and all uncles from there to the root, bottom up. Malformed when the counts can't be right, integrity when the
  /// proof is wrong.
  [[nodiscard]] Status add_proven(std::size_t file, std::uint32_t first, std::span<const Hash256> hashes,
                                  std::span<const Hash256> uncles);
  /// Whether all chunk hashes of the file are known; true for an empty file.
  [[nodiscard]] bool layer_known(std::size_t file) const;
  /// The layer of a file: chunk_count hashes. Only when all of it is known.
  [[nodiscard]] std::span<const Hash256> layer(std::size_t file) const;

  /// Whether the chunk's blocks hash to it: `leaves` holds blocks_of(chunk) hashes. known(chunk).
  [[nodiscard]] bool matches(ChunkIndex chunk, std::span<const Hash256> leaves) const;

 private:
  std::shared_ptr<const Metainfo> metainfo_;
  std::vector<Hash256> hashes_;
  std::vector<bool> known_bits_;
  std::size_t known_ = 0;
};

}  // namespace stp::content
