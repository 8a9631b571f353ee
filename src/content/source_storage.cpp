#include "content/source_storage.h"

#include "content/path_rules.h"

namespace stp::content {

SourceStorage::SourceStorage(std::shared_ptr<const Metainfo> metainfo, std::vector<SourceFile> sources,
                             FileSystem& system)
    : metainfo_(std::move(metainfo)), sources_(std::move(sources)), system_(system) {
  STP_ASSERT(sources_.size() == metainfo_->files().size());
}

Status SourceStorage::read(const BlockRun& run, MutableByteSpan out) {
  const FilePosition position = locate(*metainfo_, run, out.size());
  const SourceFile& source = sources_[position.file];
  const auto file = open_files_.get(position.file, [&] { return open_source(source.path, system_); });
  if (!file) return file.error();
  Status status = check_unchanged(**file, source);
  if (status) status = read_at(**file, position.offset, out, source.path);
  if (status) status = check_unchanged(**file, source);
  if (!status) open_files_.drop(position.file);  // a file that was put back is found again
  return status;
}

Status SourceStorage::write(const BlockRun& first, std::span<const ByteSpan>) {
  const FilePosition position = locate(*metainfo_, first, 0);
  return Error{ErrorKind::denied,
               "cannot write " + display_name(sources_[position.file].path) + ": it is shared from here"};
}

Status SourceStorage::check_unchanged(const Fd& file, const SourceFile& source) const {
  const Result<struct ::stat> status = look_at(file, source.path);
  if (!status) return status.error();
  if (FileSignature::of(*status) != source.signature) {
    return Error{ErrorKind::integrity, display_name(source.path) + " changed since it was hashed"};
  }
  return Done{};
}

}  // namespace stp::content
