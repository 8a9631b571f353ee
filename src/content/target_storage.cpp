#include "content/target_storage.h"

#include <fcntl.h>

#include <numeric>
#include <set>

#include "content/path_rules.h"

namespace stp::content {

TargetStorage::TargetStorage(std::shared_ptr<const Metainfo> metainfo, Fd directory, std::string root_name, Mode mode)
    : metainfo_(std::move(metainfo)),
      directory_(std::move(directory)),
      root_name_(std::move(root_name)),
      mode_(mode),
      readers_(OpenFiles::kOpenMax / 2),
      writers_(OpenFiles::kOpenMax / 2) {}

Status TargetStorage::read(const BlockRun& run, MutableByteSpan out) {
  const FilePosition position = locate(*metainfo_, run, out.size());
  const auto file = readers_.get(position.file, [&] { return open_for_reading(position.file); });
  if (!file) return file.error();
  return read_at(**file, position.offset, out, join_path(metainfo_->files()[position.file].path));
}

Status TargetStorage::write(const BlockRun& first, std::span<const ByteSpan> buffers) {
  const std::size_t bytes = std::accumulate(buffers.begin(), buffers.end(), std::size_t{0},
                                            [](std::size_t sum, ByteSpan buffer) { return sum + buffer.size(); });
  const FilePosition position = locate(*metainfo_, first, bytes);
  const auto file = writers_.get(position.file, [&] { return open_for_writing(position.file); });
  if (!file) return file.error();
  return write_at(**file, position.offset, buffers, join_path(metainfo_->files()[position.file].path));
}

Result<Fd> TargetStorage::open_for_reading(std::size_t file) const {
  const std::shared_lock lock(root_mutex_);
  return open_below(directory_, below_root(metainfo_->files()[file].path), Access::read, Missing::fail);
}

Result<Fd> TargetStorage::open_for_writing(std::size_t file) const {
  const FileEntry& entry = metainfo_->files()[file];
  const std::shared_lock lock(root_mutex_);
  if (mode_ == Mode::read_only) {
    return Error{ErrorKind::denied, "cannot write " + display_name(join_path(entry.path)) + ": it is complete"};
  }
  Result<Fd> opened = open_below(directory_, below_root(entry.path), Access::read_write, Missing::create);
  if (!opened) return opened;
  const Result<struct ::stat> status = look_at(*opened, join_path(entry.path));
  if (!status) return status.error();
  if (status->st_size == entry.bytes) return opened;
  const int resized = opened->file_system().ftruncate(opened->get(), entry.bytes);
  if (resized < 0) return file_error("resize", join_path(entry.path), -resized);
  return opened;
}

bool TargetStorage::has_full_length(std::size_t file) const {
  const Result<Fd> opened = open_for_reading(file);
  const Result<struct ::stat> status = opened ? look_at(*opened, "") : Result<struct ::stat>(opened.error());
  return status && status->st_size == metainfo_->files()[file].bytes;
}

Status TargetStorage::make_empty_file(std::size_t file) {
  const Result<Fd> opened = open_for_writing(file);
  return opened ? Status(Done{}) : Status(opened.error());
}

Status TargetStorage::make_folder(std::span<const std::string> path) {
  const std::shared_lock lock(root_mutex_);
  const Result<Fd> folder = open_folder_below(directory_, below_root(path), Missing::create);
  return folder ? Status(Done{}) : Status(folder.error());
}

Status TargetStorage::finish(const std::string& final_name) {
  {
    const std::unique_lock lock(root_mutex_);
    if (Status status = rename_no_replace(directory_, root_name_, final_name); !status) return status;
    root_name_ = final_name;
    mode_ = Mode::read_only;
  }
  writers_.clear();
  return Done{};
}

void TargetStorage::remove() {
  readers_.clear();
  writers_.clear();
  const std::unique_lock lock(root_mutex_);
  const auto remove_entry = [this](std::span<const std::string> path, int flags) {
    const Result<Fd> folder = open_folder_below(directory_, path.first(path.size() - 1), Missing::fail);
    if (folder) static_cast<void>(folder->file_system().unlinkat(folder->get(), path.back().c_str(), flags));
  };
  std::set<std::vector<std::string>> folders;
  for (const FileEntry& file : metainfo_->files()) {
    std::vector<std::string> path = below_root(file.path);
    remove_entry(path, 0);
    path.pop_back();
    while (!path.empty() && folders.insert(path).second) path.pop_back();
  }
  // Backwards: what lies in a folder comes after it.
  for (auto folder = folders.rbegin(); folder != folders.rend(); ++folder) remove_entry(*folder, AT_REMOVEDIR);
}

std::vector<std::string> TargetStorage::below_root(std::span<const std::string> path) const {
  std::vector<std::string> components{root_name_};
  if (!metainfo_->is_single_file()) components.insert(components.end(), path.begin(), path.end());
  return components;
}

}  // namespace stp::content
