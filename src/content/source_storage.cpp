#include "content/source_storage.h"

#include "content/path_rules.h"
#include "content/verify.h"
#include "core/bitfield.h"
#include "core/shown_text.h"

namespace stp::content {

SourceStorage::SourceStorage(std::shared_ptr<const Metainfo> metainfo, std::vector<SourceFile> sources,
                             FileSystem& system)
    : metainfo_(std::move(metainfo)), sources_(std::move(sources)), system_(system) {
  STP_ASSERT(sources_.size() == metainfo_->files().size());
}

Status SourceStorage::read(const BlockRun& run, MutableByteSpan out) {
  return read_extents(*metainfo_, run, out,
                      [this](const Extent& extent, MutableByteSpan part) { return read_extent(extent, part); });
}

Status SourceStorage::read_extent(const Extent& extent, MutableByteSpan out) {
  const std::string& path = sources_[extent.file].path;
  const auto file = open_files_.get(extent.file, [&] { return open_source(path, system_); });
  if (!file) return file.error();
  Status status = check_unchanged(**file, extent.file);
  if (status) status = read_at(**file, extent.offset, out, path);
  if (status) status = check_unchanged(**file, extent.file);
  if (!status) open_files_.drop(extent.file);  // a restored file is found again
  return status;
}

Status SourceStorage::recheck(std::size_t file, const std::atomic<bool>& cancel) {
  const std::string& path = sources_[file].path;
  const Result<Fd> opened = open_source(path, system_);
  if (!opened) return opened.error();
  const Status as_before = check_unchanged(*opened, file);
  if (as_before || as_before.error().kind != ErrorKind::io) return as_before;
  const Result<struct ::stat> status = look_at(*opened, path);
  if (!status) return status.error();
  const FileSignature now = FileSignature::of(*status);

  const FileEntry& entry = metainfo_->files()[file];
  Bitfield chunks(metainfo_->chunk_count());
  for (std::uint32_t c = 0; c < entry.chunk_count; ++c) chunks.set({entry.first_chunk.value + c});
  HashOptions options;
  options.threads = 1;  // beside serving
  options.cancel = &cancel;
  const OpenFile open = [&](std::size_t each) { return open_source(sources_[each].path, system_); };
  const Result<VerifyReport> report = verify_chunks(metainfo_, ChunkHashes(metainfo_), chunks, false, open, options);
  if (!report) return Error{ErrorKind::io, report.error().message};
  if (report->good.count() != chunks.count()) {
    // In v1 it may be another file that spoils a chunk of this one.
    const auto own = std::ranges::find(report->problems, file, &FileProblem::file);
    const Error& problem = own != report->problems.end() ? own->error : report->problems.front().error;
    return Error{problem.kind, problem.kind == ErrorKind::integrity ? escaped(path) + " has changed since it was hashed"
                                                                    : problem.message};
  }
  {
    const std::lock_guard lock(mutex_);
    sources_[file].signature = now;
  }
  return check_unchanged(*opened, file);
}

Status SourceStorage::write(const BlockRun& first, std::span<const ByteSpan>) {
  STP_ASSERT(metainfo_->contains(first));
  return Error{ErrorKind::denied, "cannot write " + escaped(metainfo_->name()) + ": it is shared from here"};
}

Status SourceStorage::check_unchanged(const Fd& opened, std::size_t file) const {
  const std::string& path = sources_[file].path;
  const Result<struct ::stat> status = look_at(opened, path);
  if (!status) return status.error();
  const FileSignature now = FileSignature::of(*status);
  const FileSignature expected = signature(file);
  if (now == expected) return Done{};
  if (now.bytes != expected.bytes || now.mtime_ns != expected.mtime_ns) {
    return Error{ErrorKind::integrity, escaped(path) + " has changed since it was hashed"};
  }
  return Error{ErrorKind::io, escaped(path) + " has been moved, linked or replaced since it was hashed"};
}

FileSignature SourceStorage::signature(std::size_t file) const {
  const std::lock_guard lock(mutex_);
  return sources_[file].signature;
}

}  // namespace stp::content
