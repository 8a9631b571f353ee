// Metainfo: what a share consists of, following BEP 3 (v1), BEP 52 (v2) or both (hybrid). The one content model for
// every wire, the disk and the simulator.
//
// A Metainfo is immutable once parsed or built, and shared freely between threads (shared_ptr<const Metainfo>). Chunks
// are numbered over all files in metainfo order. Where their bytes are is described by layout() (layout.h): in v2 and
// hybrids each chunk is in exactly one file, in v1 it may have bytes of several. How a chunk is shown to be right is in
// proof.h.
//
// Invariants:
//   1. info_hash() is info_hashes().name(), and those are hashes of info_bytes(), which are kept as they came;
//   2. every path passed path_rules.h: relative, no "..", nothing that leaves the target; no path occurs twice, none is
//      both a file or link and a folder;
//   3. chunk_count() <= kChunksMax; the chunk size is at most kChunkBytesMax, and in v2 and hybrids a power of two of at
//      least kChunkBytesMin;
//   4. there is at least one file or empty folder;
//   5. a hybrid's v1 and v2 parts have the same files at the same positions.
//
// v2 dictionaries are read strictly: canonical bencode, and names as they are or not at all. v1 dictionaries come from
// two decades of programs: unsorted keys are accepted, "name.utf-8" and "path.utf-8" preferred, and names that can't be
// used are changed as libtorrent does (usable_component()); of files with the same path, the later ones get a number.
//
// Symbolic links (BEP 47 "attr" with an "l", and a "symlink path") have no bytes and are not among files(): see symlinks().
//
// Deviations from BEP 52 and BEP 47: unknown keys are accepted and, being part of info_bytes(), kept. Of the other
// attributes, "x" (executable) and "p" (a pad, in v1) are kept. A file's "mtime" (libtorrent's key: seconds since 1970) is kept when it is within
// (0, kFileTimeMax], and ignored otherwise. An empty dictionary in the file tree is an empty folder (libtorrent ignores
// it). A missing "name" is replaced by the info-hash.
//
// metainfo.cpp has the queries; metainfo_codec.cpp reads and writes the info dictionary, with file_tree.h (v2) and
// file_list.h (v1).
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "content/file_hashes.h"
#include "content/layout.h"
#include "core/blocks.h"
#include "core/bytes.h"
#include "core/ids.h"
#include "core/info_hashes.h"
#include "core/result.h"

namespace stp::content {

/// The longest info dictionary that is read or written.
inline constexpr std::size_t kInfoBytesMax = 16 * 1024 * 1024;
/// Limits on files and on the total of their paths: a deep tree repeats its folders in every path.
inline constexpr std::size_t kFilesMax = 256 * 1024;
inline constexpr std::size_t kComponentsTotalMax = 2 * 1024 * 1024;
inline constexpr std::size_t kPathBytesTotalMax = 64 * 1024 * 1024;
/// Bencode tokens in an info dictionary: in a file tree a file takes up to 13; folders and foreign keys share the rest.
inline constexpr std::size_t kInfoTokensMax = 4'000'000;
static_assert(kInfoTokensMax >= 13 * kFilesMax);
/// The latest modification time that is taken from a metainfo: the end of the year 9999, in seconds since 1970.
inline constexpr std::int64_t kFileTimeMax = 253'402'300'799;

struct FileEntry {
  std::vector<std::string> path;  // components below the share's root; one component for a single file
  std::int64_t bytes = 0;
  Hash256 root;                   // "pieces root"; zero for an empty file, and in v1
  ChunkIndex first_chunk;         // that has bytes of it; meaningless for an empty file
  std::uint32_t chunk_count = 0;  // that have bytes of it: 0 for an empty file. In v1 others may share the outer ones
  bool executable = false;        // BEP 47 "attr" has an "x"
  std::int64_t mtime = 0;         // when it was modified, in seconds since 1970, at most kFileTimeMax; 0: unknown
  std::int64_t position = 0;      // where it begins in layout()
};

/// A symbolic link; both are paths below the share's root.
struct Symlink {
  std::vector<std::string> path;
  std::vector<std::string>
      target;  // as settled (symlink_targets.h); empty: it leads nowhere in the share, and isn't made
};

class Metainfo {
 public:
  /// Parses an info dictionary of any version. Every bound is checked: sizes, depth, paths. Errors: malformed, limit,
  /// unsupported (a later meta version), integrity (the parts of a hybrid disagree).
  [[nodiscard]] static Result<std::shared_ptr<const Metainfo>> parse(ByteSpan info_bytes);

  /// Encodes as v2 or hybrid and parses back. `files` in any order; sorted here like BEP 52's tree. first_chunk, chunk_count and
  /// position are ignored. With one file whose only component equals `name` it is a single-file share. `empty_folders` are paths
  /// below the root. With `pieces`, one per file and in the order of `files`, it becomes a hybrid. As libtorrent makes
  /// them, every file whose last piece is short has a pad behind it, also the last one (docs/protocol.md); a file that
  /// is a share of its own has none.
  [[nodiscard]] static Result<std::shared_ptr<const Metainfo>> build(
      const std::string& name, std::uint32_t chunk_bytes, std::vector<FileEntry> files, bool private_flag,
      std::vector<std::vector<std::string>> empty_folders = {}, std::span<const PieceHashes> pieces = {});

  /// What this process calls the share, whatever its version. Peers know only those of info_hashes().
  [[nodiscard]] const InfoHash& info_hash() const { return info_hash_; }
  [[nodiscard]] const InfoHashes& info_hashes() const { return info_hashes_; }
  /// Whether all of `asked` are names of this share. Error: integrity; they are those of different shares (BEP 52: the
  /// hashes of a hybrid link are both of one info dictionary).
  [[nodiscard]] Status check_names(const InfoHashes& asked) const;
  [[nodiscard]] bool has_v1() const { return info_hashes_.v1.has_value(); }
  [[nodiscard]] bool has_v2() const { return info_hashes_.v2.has_value(); }
  [[nodiscard]] ByteSpan info_bytes() const { return info_bytes_; }
  [[nodiscard]] const std::string& name() const { return name_; }
  [[nodiscard]] bool is_single_file() const { return single_file_; }
  [[nodiscard]] bool is_private() const { return private_; }  // BEP 27
  [[nodiscard]] const std::vector<FileEntry>& files() const { return files_; }
  [[nodiscard]] const std::vector<std::vector<std::string>>& empty_folders() const { return empty_folders_; }
  /// In the order of the metainfo.
  [[nodiscard]] const std::vector<Symlink>& symlinks() const { return symlinks_; }
  /// Of the files, without pads.
  [[nodiscard]] std::int64_t total_bytes() const { return total_bytes_; }

  [[nodiscard]] const Layout& layout() const { return layout_; }
  /// What layout() has under these names.
  [[nodiscard]] std::uint32_t chunk_bytes() const { return layout_.chunk_bytes(); }
  [[nodiscard]] std::uint32_t chunk_count() const { return chunk_count_; }
  [[nodiscard]] std::uint32_t bytes_of(ChunkIndex chunk) const { return layout_.bytes_of(chunk); }
  [[nodiscard]] std::uint32_t blocks_of(ChunkIndex chunk) const { return layout_.blocks_of(chunk); }
  [[nodiscard]] bool contains(const BlockRun& run) const { return layout_.contains(run); }
  [[nodiscard]] std::uint32_t bytes_of(const BlockRun& run) const { return layout_.bytes_of(run); }

  /// Bytes that the chunk has of the file.
  [[nodiscard]] std::int64_t bytes_in(const FileEntry& file, ChunkIndex chunk) const;
  /// Index into files() of the file whose tree has the chunk, and the chunk's offset in it. has_v2(), chunk <
  /// chunk_count(). O(log files).
  [[nodiscard]] std::size_t file_of(ChunkIndex chunk) const;
  [[nodiscard]] std::int64_t file_offset(ChunkIndex chunk) const;
  /// Whether the chunk has bytes of the file. chunk < chunk_count().
  [[nodiscard]] bool has_bytes_of(ChunkIndex chunk, std::size_t file) const {
    return bytes_in(files_[file], chunk) > 0;
  }
  /// SHA-1 of the chunk's bytes and layout().zeros_after(chunk) (BEP 3 "pieces"). has_v1(), chunk < chunk_count().
  [[nodiscard]] Hash160 piece_hash(ChunkIndex chunk) const;

 private:
  friend class MetainfoParser;
  Metainfo() = default;
  Bytes info_bytes_;
  InfoHash info_hash_;
  InfoHashes info_hashes_;
  std::string name_;
  bool single_file_ = false;
  bool private_ = false;
  std::uint32_t chunk_count_ = 0;
  std::int64_t total_bytes_ = 0;
  std::vector<FileEntry> files_;
  std::vector<std::vector<std::string>> empty_folders_;
  std::vector<Symlink> symlinks_;
  Layout layout_;
  std::size_t pieces_ = 0;  // where the SHA-1 hashes begin in info_bytes_; 0: there are none
};

/// The root of one chunk's blocks, as ChunkHashes holds it. `chunks_of_file` is the chunk_count of its file: the tree
/// of a file of one chunk is only as wide as its blocks, any other chunk's is full. `leaves` is not empty.
[[nodiscard]] Hash256 chunk_root(std::span<const Hash256> leaves, std::uint32_t chunk_bytes,
                                 std::uint32_t chunks_of_file);

/// The chunk hashes of a share: BEP 52's piece layers, filled file by file as they are learned and proven. A share of
/// v1 alone has no trees: there is nothing to learn and nothing known(). Not thread-safe.
class ChunkHashes {
 public:
  /// Files of one chunk are known at once: their root is the hash.
  explicit ChunkHashes(std::shared_ptr<const Metainfo> metainfo);

  [[nodiscard]] bool complete() const { return known_ == hashes_.size(); }
  [[nodiscard]] bool known(ChunkIndex chunk) const { return !known_bits_.empty() && known_bits_[chunk.value]; }
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
  /// Whether all chunk hashes of the file are known; true for a file that has none.
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
