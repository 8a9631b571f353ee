#include "content/finished_file.h"

#include <utility>

#include "content/path_rules.h"
#include "content/verify.h"
#include "core/shown_text.h"

namespace stp::content {
namespace {

bool share_a_chunk(const FileEntry& one, const FileEntry& other) {
  return one.first_chunk.value < other.first_chunk.value + other.chunk_count &&
         other.first_chunk.value < one.first_chunk.value + one.chunk_count;
}

}  // namespace

Result<std::shared_ptr<FinishedFile>> FinishedFile::open(const std::string& directory,
                                                         std::shared_ptr<const Metainfo> metainfo, ChunkHashes hashes,
                                                         std::size_t file) {
  Result<std::optional<FoundFiles>> found = FoundFiles::at(directory, *metainfo, metainfo->name());
  if (!found) return found.error();
  const std::vector<FileEntry>& files = metainfo->files();
  const FileEntry& wanted = files[file];
  const std::string name = escaped(join_path(wanted.path));
  if (!*found) return Error{ErrorKind::not_found, name + " is not where it was downloaded to any more"};
  std::vector<SourceFile> sources(files.size());
  for (std::size_t i = 0; i < files.size(); ++i) {
    if (i != file && !share_a_chunk(files[i], wanted)) continue;
    Result<SourceFile> source = (*found)->source(i);
    if (source) {
      sources[i] = *std::move(source);
    } else if (i == file) {
      if (source.error().kind != ErrorKind::not_found) return source.error();
      return Error{ErrorKind::not_found, name + " is not where it was downloaded to any more"};
    }
  }
  if (sources[file].signature.bytes != wanted.bytes) {
    return Error{ErrorKind::integrity, name + " has changed since it was downloaded: it has another size"};
  }
  return std::shared_ptr<FinishedFile>(
      new FinishedFile(std::move(metainfo), std::move(hashes), file, std::move(**found), std::move(sources)));
}

FinishedFile::FinishedFile(std::shared_ptr<const Metainfo> metainfo, ChunkHashes hashes, std::size_t file,
                           FoundFiles found, std::vector<SourceFile> sources)
    : metainfo_(std::move(metainfo)),
      hashes_(std::move(hashes)),
      file_(file),
      found_(std::move(found)),
      storage_(std::make_shared<SourceStorage>(metainfo_, std::move(sources))) {}

Status FinishedFile::learn_hashes(const HashOptions& options) {
  const FileEntry& entry = metainfo_->files()[file_];
  Bitfield all(metainfo_->chunk_count());
  for (std::uint32_t i = 0; i < entry.chunk_count; ++i) all.set({entry.first_chunk.value + i});
  const OpenFile open = [this](std::size_t file) { return found_.open(file, Access::read); };
  Result<VerifyReport> report = verify_chunks(metainfo_, std::move(hashes_), all, false, open, options);
  if (!report) return report.error();
  hashes_ = std::move(report->hashes);
  if (knows_chunks()) return Done{};
  return Error{ErrorKind::integrity, escaped(join_path(entry.path)) + " has changed since it was downloaded"};
}

Result<Bitfield> FinishedFile::verify(std::span<const ChunkIndex> chunks, const HashOptions& options) const {
  Bitfield which(metainfo_->chunk_count());
  for (const ChunkIndex chunk : chunks) which.set(chunk);
  const OpenFile open = [this](std::size_t file) { return found_.open(file, Access::read); };
  Result<VerifyReport> report = verify_chunks(metainfo_, hashes_, which, false, open, options);
  if (!report) return report.error();
  return std::move(report->good);
}

}  // namespace stp::content
