#include "content/found_files.h"

#include <utility>

#include "content/path_rules.h"

namespace stp::content {

Result<std::optional<FoundFiles>> FoundFiles::at(const std::string& directory, const Metainfo& metainfo,
                                                 std::string root, FileSystem& system) {
  Result<Fd> folder = open_directory(directory, system);
  if (!folder) return folder.error();
  const Result<std::optional<EntryType>> type = entry_type(*folder, root);
  if (!type) return type.error();
  if (!*type) return std::optional<FoundFiles>();
  if (**type != (metainfo.is_single_file() ? EntryType::file : EntryType::folder)) {
    return in_the_way(directory, root,
                      metainfo.is_single_file() ? "exists and is not a file" : "exists and is not a folder");
  }
  return std::optional(FoundFiles(directory, std::move(*folder), metainfo, std::move(root)));
}

FoundFiles::FoundFiles(std::string path, Fd folder, const Metainfo& metainfo, std::string root)
    : path_(std::move(path)), folder_(std::move(folder)), metainfo_(&metainfo), root_(std::move(root)) {}

std::vector<std::string> FoundFiles::path_of(std::size_t file) const {
  std::vector<std::string> path{root_};
  const std::vector<std::string>& below = metainfo_->files()[file].path;
  if (!metainfo_->is_single_file()) path.insert(path.end(), below.begin(), below.end());
  return path;
}

Result<Fd> FoundFiles::open(std::size_t file, Access access) const {
  return open_below(folder_, path_of(file), access, Missing::fail);
}

Result<SourceFile> FoundFiles::source(std::size_t file) const {
  const Result<Fd> opened = open(file, Access::read);
  if (!opened) return opened.error();
  const std::string name = join_path(path_of(file));
  const Result<struct ::stat> status = look_at(*opened, name);
  if (!status) return status.error();
  return SourceFile{path_ + "/" + name, FileSignature::of(*status)};
}

void remove_leftover_control(const Fd& directory, const std::shared_ptr<const Metainfo>& metainfo) {
  const DiskNames names = disk_names(*metainfo);
  const Result<std::optional<EntryType>> control = entry_type(directory, names.control);
  const Result<std::optional<EntryType>> part = entry_type(directory, names.part);
  if (!control || !*control || !part || *part) return;
  Result<ControlFile> leftover = ControlFile::open_or_create(
      directory, names.control, {metainfo, ChunkHashes(metainfo), "", Bitfield(metainfo->chunk_count())});
  if (!leftover || leftover->contents().metainfo->info_hash() != metainfo->info_hash()) return;
  // The rename that it was left behind by may not be on the disk yet, and after a crash of the system it is needed.
  if (!sync_folder(directory, names.control)) return;
  static_cast<void>(leftover->remove());
}

}  // namespace stp::content
