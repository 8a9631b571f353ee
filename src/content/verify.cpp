#include "content/verify.h"

#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <cstdint>
#include <map>
#include <mutex>
#include <optional>

#include "content/path_rules.h"

namespace stp::content {
namespace {

bool wants_all_of(const Bitfield& which, const FileEntry& file) {
  for (std::uint32_t i = 0; i < file.chunk_count; ++i) {
    if (!which.test({file.first_chunk.value + i})) return false;
  }
  return true;
}

// Collects what the hasher finds. Chunks are written by one thread each; the rest is behind a lock.
class Verifier final : public ParallelHasher::Files {
 public:
  Verifier(const Metainfo& metainfo, const OpenFile& open)
      : metainfo_(metainfo), open_(open), found_(metainfo.chunk_count()), read_(metainfo.chunk_count()) {}

  Result<Fd> open(std::size_t file) override { return open_(file); }
  std::string name(std::size_t file) const override { return join_path(metainfo_.files()[file].path); }
  void on_chunk(std::size_t file, std::uint32_t chunk, const Hash256& root) override {
    const std::size_t index = metainfo_.files()[file].first_chunk.value + chunk;
    found_[index] = root;
    read_[index] = 1;
  }
  bool on_error(std::size_t file, const Error& error) override {
    const std::lock_guard lock(mutex_);
    problems_.emplace(file, error);
    return true;
  }

  // The roots found; zero where a chunk could not be read.
  [[nodiscard]] std::span<const Hash256> found() const { return found_; }
  [[nodiscard]] bool was_read(ChunkIndex chunk) const { return read_[chunk.value] != 0; }
  [[nodiscard]] std::map<std::size_t, Error>& problems() { return problems_; }

 private:
  const Metainfo& metainfo_;
  const OpenFile& open_;
  std::vector<Hash256> found_;
  std::vector<std::uint8_t> read_;  // bytes, not bits: chunks are written by several threads
  std::mutex mutex_;
  std::map<std::size_t, Error> problems_;
};

// A file that is not there, or not of the size it must have.
std::optional<Error> size_problem(const FileEntry& entry, std::size_t file, const OpenFile& open) {
  const Result<Fd> opened = open(file);
  if (!opened) return opened.error();
  struct ::stat status {};
  if (::fstat(opened->get(), &status) != 0) return file_error("look at", join_path(entry.path), errno);
  if (status.st_size == entry.bytes) return std::nullopt;
  return Error{ErrorKind::integrity, display_name(join_path(entry.path)) + " has " + std::to_string(status.st_size) +
                                         " bytes instead of " + std::to_string(entry.bytes)};
}

}  // namespace

Result<VerifyReport> verify_chunks(const std::shared_ptr<const Metainfo>& metainfo, ChunkHashes hashes,
                                   const Bitfield& which, bool empty_files, const OpenFile& open,
                                   const HashOptions& options) {
  STP_ASSERT(which.size() == metainfo->chunk_count());
  const std::vector<FileEntry>& files = metainfo->files();
  Verifier verifier(*metainfo, open);
  std::vector<HashRange> ranges;
  for (std::size_t i = 0; i < files.size(); ++i) {
    const FileEntry& file = files[i];
    const bool whole = file.chunk_count > 0 ? wants_all_of(which, file) : empty_files;
    if (whole) {
      if (const std::optional<Error> problem = size_problem(file, i, open)) verifier.problems().emplace(i, *problem);
    }
    for (std::uint32_t begin = 0; begin < file.chunk_count;) {
      std::uint32_t end = begin;
      while (end < file.chunk_count && which.test({file.first_chunk.value + end})) ++end;
      if (end > begin) ranges.push_back({i, file.bytes, begin, end - begin});
      begin = end + 1;
    }
  }
  if (Status status = ParallelHasher::run(metainfo->chunk_bytes(), std::move(ranges), verifier, options); !status) {
    return status.error();
  }

  Bitfield good(metainfo->chunk_count());
  for (std::size_t i = 0; i < files.size(); ++i) {
    const FileEntry& file = files[i];
    if (file.chunk_count == 0) continue;
    const std::span<const Hash256> found = verifier.found().subspan(file.first_chunk.value, file.chunk_count);
    if (!hashes.layer_known(i) && wants_all_of(which, file)) {
      // Learned when it gives the root; else nothing is known of the single chunks and the file's problem stands for
      // them.
      if (const Status learned = hashes.set_layer(i, found); !learned) {
        verifier.problems().emplace(i, Error{ErrorKind::integrity, display_name(join_path(file.path)) + " differs"});
      }
    }
    std::uint32_t wrong = 0;
    for (std::uint32_t c = 0; c < file.chunk_count; ++c) {
      const ChunkIndex chunk{file.first_chunk.value + c};
      if (!which.test(chunk)) continue;
      if (verifier.was_read(chunk) && hashes.known(chunk) && hashes[chunk] == found[c]) {
        good.set(chunk);
      } else {
        ++wrong;
      }
    }
    if (wrong > 0) {
      verifier.problems().emplace(
          i, Error{ErrorKind::integrity, display_name(join_path(file.path)) + ": " + std::to_string(wrong) + " of " +
                                             std::to_string(file.chunk_count) + " chunks differ"});
    }
  }
  VerifyReport report{std::move(good), {}, std::move(hashes)};
  for (auto& [file, error] : verifier.problems()) report.problems.push_back({file, std::move(error)});
  return report;
}

Result<VerifyReport> verify_path(const std::shared_ptr<const Metainfo>& metainfo, ChunkHashes hashes,
                                 const std::string& path, const HashOptions& options) {
  struct ::stat status {};
  if (::stat(path.c_str(), &status) != 0) return file_error("look at", path, errno);
  if (metainfo->is_single_file() ? !S_ISREG(status.st_mode) : !S_ISDIR(status.st_mode)) {
    return Error{ErrorKind::usage,
                 display_name(path) + (metainfo->is_single_file() ? " is not a file" : " is not a folder")};
  }
  const OpenFile open = [&](std::size_t file) {
    return open_source(metainfo->is_single_file() ? path : path + "/" + join_path(metainfo->files()[file].path));
  };
  return verify_chunks(metainfo, std::move(hashes), Bitfield(metainfo->chunk_count(), true), true, open, options);
}

}  // namespace stp::content
