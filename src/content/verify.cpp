#include "content/verify.h"

#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <cstdint>
#include <map>
#include <mutex>
#include <optional>

#include "content/path_rules.h"
#include "content/proof.h"
#include "content/symlink_targets.h"
#include "core/shown_text.h"
#include "core/text.h"

namespace stp::content {
namespace {

bool wants_all_of(const Bitfield& which, const FileEntry& file) {
  for (std::uint32_t i = 0; i < file.chunk_count; ++i) {
    if (!which.test({file.first_chunk.value + i})) return false;
  }
  return true;
}

bool wants_any_of(const Bitfield& which, const FileEntry& file) {
  for (std::uint32_t i = 0; i < file.chunk_count; ++i) {
    if (which.test({file.first_chunk.value + i})) return true;
  }
  return false;
}

// Collects what the hasher finds. Each chunk is written by one thread; the rest is behind a lock.
class Verifier final : public ParallelHasher::Files {
 public:
  Verifier(const Metainfo& metainfo, const OpenFile& open)
      : metainfo_(metainfo), open_(open), found_(metainfo.chunk_count()), began_(metainfo.files().size()) {}

  // What the file looks like before any of it is read.
  void begin(std::size_t file, const FileSignature& signature) { began_[file] = signature; }

  Result<Fd> open(std::size_t file) override { return open_(file); }
  std::string name(std::size_t file) const override { return join_path(metainfo_.files()[file].path); }
  std::uint32_t chunk_count(std::size_t file) const override { return metainfo_.files()[file].chunk_count; }
  // Parts of a file are read at different times: they belong together only as long as the file does not change.
  Status check_after(std::size_t file, const Fd& opened) override {
    const Result<struct ::stat> status = look_at(opened, name(file));
    if (!status) return status.error();
    if (FileSignature::of(*status) == began_[file]) return Done{};
    return Error{ErrorKind::integrity, escaped(name(file)) + " changed while it was being checked"};
  }
  void on_chunk(ChunkIndex chunk, const ChunkDigest& digest) override {
    found_[chunk.value] = Proof::weigh(metainfo_, chunk, digest);
  }
  bool on_error(std::size_t file, const Error& error) override {
    const std::lock_guard lock(mutex_);
    problems_.emplace(file, error);
    return true;
  }

  [[nodiscard]] const Evidence& found(ChunkIndex chunk) const { return found_[chunk.value]; }
  /// The roots of the file's chunks; zero where one could not be read.
  [[nodiscard]] std::vector<Hash256> roots(const FileEntry& file) const {
    std::vector<Hash256> roots;
    roots.reserve(file.chunk_count);
    for (std::uint32_t c = 0; c < file.chunk_count; ++c) roots.push_back(found_[file.first_chunk.value + c].root);
    return roots;
  }
  [[nodiscard]] std::map<std::size_t, Error>& problems() { return problems_; }

 private:
  const Metainfo& metainfo_;
  const OpenFile& open_;
  std::vector<Evidence> found_;
  std::vector<FileSignature> began_;
  std::mutex mutex_;
  std::map<std::size_t, Error> problems_;
};

// What a file looks like; an error when it is not there or can't be opened.
Result<FileSignature> look_at_file(const FileEntry& entry, std::size_t file, const OpenFile& open) {
  const Result<Fd> opened = open(file);
  if (!opened) return opened.error();
  const Result<struct ::stat> status = look_at(*opened, join_path(entry.path));
  if (!status) return status.error();
  return FileSignature::of(*status);
}

Error size_problem(const FileEntry& entry, std::int64_t bytes) {
  return {ErrorKind::integrity, escaped(join_path(entry.path)) + " has " + std::to_string(bytes) +
                                    " bytes instead of " + std::to_string(entry.bytes)};
}

// Takes the chunks out of `chunks` that a file of `bytes` bytes does not have whole. They can't be right, and reading
// them would also fail those read in the same step.
void take_out_missing(Bitfield& chunks, const FileEntry& entry, std::int64_t bytes, std::uint32_t chunk_bytes) {
  if (bytes >= entry.bytes) return;
  const auto begin = static_cast<std::uint32_t>((entry.position + bytes) / chunk_bytes);
  for (std::uint32_t c = begin; c < entry.first_chunk.value + entry.chunk_count; ++c) chunks.reset({c});
}

std::vector<HashRange> ranges_of(const Bitfield& chunks) {
  std::vector<HashRange> ranges;
  for (std::uint32_t begin = 0; begin < chunks.size();) {
    std::uint32_t end = begin;
    while (end < chunks.size() && chunks.test({end})) ++end;
    if (end > begin) ranges.push_back({{begin}, end - begin});
    begin = end + 1;
  }
  return ranges;
}

// The chunks that have bytes of these files.
Bitfield chunks_with(const Metainfo& metainfo, const std::map<std::size_t, Error>& files) {
  Bitfield chunks(metainfo.chunk_count());
  for (const auto& [number, error] : files) {
    const FileEntry& file = metainfo.files()[number];
    for (std::uint32_t c = 0; c < file.chunk_count; ++c) chunks.set({file.first_chunk.value + c});
  }
  return chunks;
}

// The problem of a file with `wrong` bad chunks. `singly`: they could be told apart. `so_far`: one found before, or
// null.
Error chunk_problem(const FileEntry& entry, std::uint32_t wrong, bool singly, const Error* so_far) {
  if (so_far != nullptr && so_far->kind != ErrorKind::integrity) return *so_far;  // missing or unreadable says it all
  const std::string begin = so_far != nullptr ? so_far->message : escaped(join_path(entry.path));
  if (!singly) return {ErrorKind::integrity, so_far != nullptr ? begin : begin + " differs"};
  return {ErrorKind::integrity, begin + ": " + std::to_string(wrong) + " of " +
                                    format_count(entry.chunk_count, "chunk differs", "chunks differ")};
}

}  // namespace

Result<VerifyReport> verify_chunks(const std::shared_ptr<const Metainfo>& metainfo, ChunkHashes hashes,
                                   const Bitfield& which, bool empty_files, const OpenFile& open,
                                   const HashOptions& options) {
  STP_ASSERT(which.size() == metainfo->chunk_count());
  const std::vector<FileEntry>& files = metainfo->files();
  Verifier verifier(*metainfo, open);
  Bitfield readable = which;
  for (std::size_t i = 0; i < files.size(); ++i) {
    const FileEntry& file = files[i];
    if (file.chunk_count > 0 ? !wants_any_of(which, file) : !empty_files) continue;
    const Result<FileSignature> now = look_at_file(file, i, open);
    if (!now) {
      verifier.problems().emplace(i, now.error());
      take_out_missing(readable, file, 0, metainfo->chunk_bytes());
      continue;
    }
    verifier.begin(i, *now);
    if (now->bytes != file.bytes && wants_all_of(which, file)) {
      verifier.problems().emplace(i, size_problem(file, now->bytes));
    }
    take_out_missing(readable, file, now->bytes, metainfo->chunk_bytes());
  }
  Status hashed =
      ParallelHasher::run(metainfo->layout(), Proof::kinds(*metainfo), ranges_of(readable), verifier, options);
  if (!hashed) return hashed.error();

  Proof proof(metainfo, std::move(hashes));
  for (std::size_t i = 0; i < files.size(); ++i) {
    if (proof.hashes().layer_known(i) || !wants_all_of(which, files[i])) continue;
    // Learned if it matches the root; otherwise nothing is known about the single chunks.
    static_cast<void>(proof.hashes().set_layer(i, verifier.roots(files[i])));
  }
  Bitfield good(metainfo->chunk_count());
  for (ChunkIndex chunk; chunk.value < good.size(); ++chunk) {
    if (which.test(chunk) && proof.shows(chunk, verifier.found(chunk))) good.set(chunk);
  }
  // In v1, a chunk may be wrong because of another file that has a part of it: what is wrong with that one says it all.
  const Bitfield explained = chunks_with(*metainfo, verifier.problems());
  for (std::size_t i = 0; i < files.size(); ++i) {
    const FileEntry& file = files[i];
    const auto so_far = verifier.problems().find(i);
    const Error* const known = so_far == verifier.problems().end() ? nullptr : &so_far->second;
    std::uint32_t wrong = 0;
    for (std::uint32_t c = 0; c < file.chunk_count; ++c) {
      const ChunkIndex chunk{file.first_chunk.value + c};
      if (which.test(chunk) && !good.test(chunk) && (known != nullptr || !explained.test(chunk))) ++wrong;
    }
    if (wrong == 0) continue;
    const bool singly = metainfo->has_v1() || proof.hashes().layer_known(i);
    Error problem = chunk_problem(file, wrong, singly, known);
    verifier.problems().insert_or_assign(i, std::move(problem));
  }
  VerifyReport report{std::move(good), {}, std::move(proof.hashes()), {}, {}};
  for (auto& [file, error] : verifier.problems()) report.problems.push_back({file, std::move(error)});
  return report;
}

std::vector<FolderProblem> verify_folders(const Metainfo& metainfo, const OpenFolder& open) {
  std::vector<FolderProblem> problems;
  for (std::size_t i = 0; i < metainfo.empty_folders().size(); ++i) {
    const Result<Fd> opened = open(i);
    if (opened) continue;
    const std::string name = escaped(join_path(metainfo.empty_folders()[i]));
    const bool missing = opened.error().kind == ErrorKind::not_found;
    problems.push_back(
        {i, missing ? Error{ErrorKind::not_found, "the empty folder " + name + " is missing"} : opened.error()});
  }
  return problems;
}

std::vector<SymlinkProblem> verify_symlinks(const Metainfo& metainfo, const ReadSymlink& read) {
  std::vector<SymlinkProblem> problems;
  for (std::size_t i = 0; i < metainfo.symlinks().size(); ++i) {
    const Symlink& link = metainfo.symlinks()[i];
    if (link.target.empty()) continue;
    const Result<std::optional<std::string>> text = read(i);
    if (text && *text == text_of(link)) continue;
    const std::string name = escaped(join_path(link.path));
    if (!text && text.error().kind == ErrorKind::not_found) {
      problems.push_back({i, {ErrorKind::not_found, "the symbolic link " + name + " is missing"}});
    } else if (!text) {
      problems.push_back({i, text.error()});
    } else if (!*text) {
      problems.push_back({i, {ErrorKind::exists, name + " is not a symbolic link"}});
    } else {
      problems.push_back({i,
                          {ErrorKind::integrity, "the symbolic link " + name + " leads to " + escaped(**text) +
                                                     " instead of " + escaped(text_of(link))}});
    }
  }
  return problems;
}

Result<VerifyReport> verify_path(const std::shared_ptr<const Metainfo>& metainfo, ChunkHashes hashes,
                                 const std::string& path, const HashOptions& options) {
  struct ::stat status {};
  if (::stat(path.c_str(), &status) != 0) return file_error("look at", path, errno);
  if (metainfo->is_single_file() ? !S_ISREG(status.st_mode) : !S_ISDIR(status.st_mode)) {
    return Error{ErrorKind::usage,
                 escaped(path) + (metainfo->is_single_file() ? " is not a file" : " is not a folder")};
  }
  const OpenFile open = [&](std::size_t file) {
    return open_source(metainfo->is_single_file() ? path : path + "/" + join_path(metainfo->files()[file].path));
  };
  Result<VerifyReport> report =
      verify_chunks(metainfo, std::move(hashes), Bitfield(metainfo->chunk_count(), true), true, open, options);
  if (!report) return report;
  report->folder_problems = verify_folders(*metainfo, [&](std::size_t folder) -> Result<Fd> {
    const std::string& name = join_path(metainfo->empty_folders()[folder]);
    struct ::stat found {};
    // A file in its place, or in that of a folder above it.
    const bool there = ::stat((path + "/" + name).c_str(), &found) == 0;
    if ((there && !S_ISDIR(found.st_mode)) || (!there && errno == ENOTDIR)) {
      return Error{ErrorKind::exists, escaped(name) + " is not a folder"};
    }
    if (!there) return file_error("look at", name, errno);
    return Fd();
  });
  if (metainfo->symlinks().empty()) return report;
  const Result<Fd> folder = open_directory(path);
  if (!folder) return folder.error();
  report->symlink_problems = verify_symlinks(
      *metainfo, [&](std::size_t link) { return read_symlink(*folder, metainfo->symlinks()[link].path); });
  return report;
}

}  // namespace stp::content
