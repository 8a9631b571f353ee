// FinishedFile: one file of a download that is complete and does not run any more, read from where the download put it.
//
// Its bytes were verified once, but anything may have happened to them since, so they are verified again as they are read:
// verify() says which chunks are right, and storage() gives bytes only while the files look as they did when this was
// opened (source_storage.h). Bytes of a chunk that verify() found right, read afterwards, are therefore right.
//
// What shows that a chunk is right is in proof.h. Where only the root of a v2 file is known, the whole file has to be
// hashed first: learn_hashes(). Thread-safe, except for that.
#pragma once

#include <memory>
#include <span>
#include <string>

#include "content/found_files.h"
#include "content/parallel_hasher.h"
#include "content/source_storage.h"
#include "core/bitfield.h"

namespace stp::content {

class FinishedFile {
 public:
  /// `hashes` may be known in part. Errors: not_found, integrity (it has another size), exists (something else is in its
  /// place), or it can't be opened.
  [[nodiscard]] static Result<std::shared_ptr<FinishedFile>> open(const std::string& directory,
                                                                  std::shared_ptr<const Metainfo> metainfo,
                                                                  ChunkHashes hashes, std::size_t file);

  [[nodiscard]] const std::shared_ptr<const Metainfo>& metainfo() const { return metainfo_; }
  [[nodiscard]] std::size_t file() const { return file_; }
  /// Whether its chunks can be verified one by one.
  [[nodiscard]] bool knows_chunks() const { return metainfo_->has_v1() || hashes_.layer_known(file_); }
  /// Hashes all of it. Errors: integrity, or "interrupted". Before anything else, if !knows_chunks().
  [[nodiscard]] Status learn_hashes(const HashOptions& options);
  [[nodiscard]] const ChunkHashes& hashes() const { return hashes_; }

  /// Which of these chunks of the file are right. An Error only when cancelled. knows_chunks().
  [[nodiscard]] Result<Bitfield> verify(std::span<const ChunkIndex> chunks, const HashOptions& options) const;
  /// Reads the file, and in v1 its neighbours in the chunks at its ends, as far as they are there.
  [[nodiscard]] const std::shared_ptr<SourceStorage>& storage() const { return storage_; }

 private:
  FinishedFile(std::shared_ptr<const Metainfo> metainfo, ChunkHashes hashes, std::size_t file, FoundFiles found,
               std::vector<SourceFile> sources);

  const std::shared_ptr<const Metainfo> metainfo_;
  ChunkHashes hashes_;
  const std::size_t file_;
  const FoundFiles found_;
  const std::shared_ptr<SourceStorage> storage_;
};

}  // namespace stp::content
