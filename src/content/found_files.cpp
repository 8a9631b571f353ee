#include "content/found_files.h"

#include <fcntl.h>
#include <unistd.h>

#include <utility>

#include "content/path_rules.h"
#include "core/shown_text.h"

namespace stp::content {

Result<std::optional<FoundFiles>> FoundFiles::at(const std::string& directory, const Metainfo& metainfo,
                                                 std::string root, FileSystem& system) {
  Result<Fd> folder = open_directory(directory, system);
  if (!folder) return folder.error();
  const Result<std::optional<EntryType>> type = entry_type(*folder, root);
  if (!type) return type.error();
  if (!*type) return std::optional<FoundFiles>();
  if (**type == EntryType::other) return in_the_way(directory, root, "is a symbolic link or a special file");
  if (**type != (metainfo.is_single_file() ? EntryType::file : EntryType::folder)) {
    return in_the_way(directory, root,
                      metainfo.is_single_file() ? "exists and is not a file" : "exists and is not a folder");
  }
  return std::optional(FoundFiles(directory, std::move(*folder), metainfo, std::move(root)));
}

FoundFiles::FoundFiles(std::string path, Fd folder, const Metainfo& metainfo, std::string root)
    : path_(std::move(path)), folder_(std::move(folder)), metainfo_(&metainfo), root_(std::move(root)) {}

std::vector<std::string> FoundFiles::below_root(std::span<const std::string> path) const {
  std::vector<std::string> components{root_};
  if (!metainfo_->is_single_file()) components.insert(components.end(), path.begin(), path.end());
  return components;
}

std::vector<std::string> FoundFiles::path_of(std::size_t file) const {
  return below_root(metainfo_->files()[file].path);
}

Result<Fd> FoundFiles::open(std::size_t file, Access access) const {
  return open_below(folder_, path_of(file), access, Missing::fail);
}

Result<Fd> FoundFiles::open_folder(std::size_t folder) const {
  return open_folder_below(folder_, below_root(metainfo_->empty_folders()[folder]), Missing::fail);
}

Result<std::optional<std::string>> FoundFiles::read_symlink(std::size_t symlink) const {
  return content::read_symlink(folder_, below_root(metainfo_->symlinks()[symlink].path));
}

Result<std::optional<std::vector<std::string>>> FoundFiles::obstacle(std::span<const std::string> path,
                                                                     EntryType wanted) const {
  using Obstacle = std::optional<std::vector<std::string>>;
  const std::vector<std::string> components = below_root(path);
  for (std::size_t i = 1; i < components.size(); ++i) {
    const std::span<const std::string> above = std::span(components).first(i);
    const std::string name = join_path(std::span(components).first(i + 1));
    const Result<Fd> folder = open_folder_below(folder_, above, Missing::fail);
    if (!folder) return folder.error();
    const Result<std::optional<EntryType>> type = entry_type(*folder, components[i]);
    if (!type) return type.error();
    const EntryType needed = i + 1 == components.size() ? wanted : EntryType::folder;
    if (*type == needed && needed != EntryType::other) continue;
    if (*type == EntryType::other && needed != EntryType::other) {
      return Error{ErrorKind::denied, escaped(name) + " is neither a file nor a folder; move it away"};
    }
    if (const int denied = may_change(*folder); denied < 0) {
      return file_error(*type ? "move away" : "create", name, -denied);
    }
    if (!*type) return Obstacle();
    const Result<std::optional<EntryType>> taken = entry_type(*folder, components[i] + kAsideSuffix);
    if (!taken) return taken.error();
    if (*taken) {
      return Error{ErrorKind::exists, escaped(name) + " is in the way and can't be renamed to " +
                                          escaped(components[i] + kAsideSuffix) +
                                          ", which already exists; move one of them away"};
    }
    return Obstacle(std::vector<std::string>(components.begin(), components.begin() + i + 1));
  }
  return Obstacle();
}

Result<std::string> FoundFiles::set_aside(std::span<const std::string> path) const {
  const Result<Fd> folder = open_folder_below(folder_, path.first(path.size() - 1), Missing::fail);
  if (!folder) return folder.error();
  const std::string aside = path.back() + kAsideSuffix;
  if (Status renamed = rename_no_replace(*folder, path.back(), aside); !renamed) return renamed.error();
  return aside;
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
  // The rename before its removal may not be on the disk yet, and after a crash of the system it is needed.
  if (!sync_folder(directory, names.control)) return;
  static_cast<void>(leftover->remove());
}

}  // namespace stp::content
