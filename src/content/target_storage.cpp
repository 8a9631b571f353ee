#include "content/target_storage.h"

#include <fcntl.h>

#include <cerrno>
#include <numeric>
#include <set>

#include "content/file_attributes.h"
#include "content/path_rules.h"
#include "content/sparse_file.h"
#include "content/symlink_targets.h"
#include "core/shown_text.h"

namespace stp::content {
namespace {

// From `cache`; when there is no descriptor left, `other` releases some of its own.
Result<std::shared_ptr<const Fd>> cached(OpenFiles& cache, OpenFiles& other, std::size_t key,
                                         const std::function<Result<Fd>()>& open) {
  auto file = cache.get(key, open);
  while (!file && file.error().kind == ErrorKind::busy && other.shrink()) file = cache.get(key, open);
  return file;
}

}  // namespace

TargetStorage::TargetStorage(std::shared_ptr<const Metainfo> metainfo, Fd directory, std::string root_name, Mode mode,
                             FileSeals::Keep keep)
    : metainfo_(std::move(metainfo)),
      directory_(std::move(directory)),
      root_name_(std::move(root_name)),
      mode_(mode),
      seals_(metainfo_->files().size(), std::move(keep)),
      seen_(metainfo_->files().size()),
      started_bytes_(metainfo_->files().size()),
      readers_(OpenFiles::kOpenMax / 2),
      writers_(OpenFiles::kOpenMax / 2) {
  remember_root();
}

Status TargetStorage::read(const BlockRun& run, MutableByteSpan out) {
  return read_extents(*metainfo_, run, out,
                      [this](const Extent& extent, MutableByteSpan part) { return read_extent(extent, part); });
}

Status TargetStorage::read_extent(const Extent& extent, MutableByteSpan out) {
  const std::string name = join_path(metainfo_->files()[extent.file].path);
  const auto attempt = [&]() -> Status {
    const auto file = cached(readers_, writers_, extent.file, [&] { return open_for_reading(extent.file); });
    if (!file) return file.error();
    Status status = seals_.check(extent.file, **file, name);
    if (status) status = read_at(**file, extent.offset, out, name);
    if (status) status = seals_.check(extent.file, **file, name);
    return status;
  };
  Status status = attempt();
  if (status || status.error().kind != ErrorKind::not_found) return status;
  readers_.drop(extent.file);  // it may be that of a file that has since been replaced
  return attempt();
}

Status TargetStorage::write(const BlockRun& first, std::span<const ByteSpan> buffers) {
  STP_ASSERT(metainfo_->contains(first));
  const auto bytes =
      std::accumulate(buffers.begin(), buffers.end(), std::int64_t{0},
                      [](std::int64_t sum, ByteSpan buffer) { return sum + static_cast<std::int64_t>(buffer.size()); });
  const Layout& layout = metainfo_->layout();
  const std::vector<Extent> extents = layout.extents(layout.position(first), bytes);
  if (extents.size() == 1) return write_extent(extents.front(), buffers);
  const std::vector<std::vector<ByteSpan>> parts = split(buffers, extents);
  for (std::size_t i = 0; i < extents.size(); ++i) {
    if (Status status = write_extent(extents[i], parts[i]); !status) return status;
  }
  return Done{};
}

Status TargetStorage::write_extent(const Extent& extent, std::span<const ByteSpan> buffers) {
  if (extent.is_pad()) return Done{};
  const std::string name = join_path(metainfo_->files()[extent.file].path);
  const auto attempt = [&]() -> Status {
    const auto file = cached(writers_, readers_, extent.file, [&] { return open_for_writing(extent.file); });
    if (!file) return file.error();
    return seals_.write(extent.file, **file, extent.offset, buffers, name);
  };
  Status status = attempt();
  if (status || status.error().kind != ErrorKind::not_found) return status;
  // The file that we had open no longer has a name: another one may have it. If it was removed for good, it is not
  // created again.
  writers_.drop(extent.file);
  return open_for_reading(extent.file) ? attempt() : status;
}

Error TargetStorage::file_is_gone(std::size_t file) const {
  if (metainfo_->is_single_file()) return root_is_gone();
  return {ErrorKind::not_found, escaped(join_path(metainfo_->files()[file].path)) + " was removed from " +
                                    escaped(root_name_) + " while it was being written"};
}

void TargetStorage::remember_root() {
  {
    const std::lock_guard lock(identity_mutex_);
    if (root_) return;
  }
  struct ::stat root {};
  if (directory_.file_system().fstatat(directory_.get(), root_name_.c_str(), root, AT_SYMLINK_NOFOLLOW) < 0) return;
  const std::lock_guard lock(identity_mutex_);
  if (!root_) root_ = FolderIdentity{root.st_dev, root.st_ino};
}

Status TargetStorage::recheck(std::size_t file, const std::atomic<bool>& /*cancel*/) {
  readers_.drop(file);
  const Result<Fd> opened = open_for_reading(file);
  if (!opened) return opened.error();
  if (look(file)) return Done{};
  return Error{ErrorKind::integrity, escaped(join_path(metainfo_->files()[file].path)) + " has the wrong length"};
}

Status TargetStorage::check_root() const {
  const std::shared_lock lock(root_mutex_);
  return check_known_root();
}

Status TargetStorage::check_known_root() const {
  const std::lock_guard lock(identity_mutex_);
  if (!root_) return Done{};
  struct ::stat status {};
  const int failed =
      directory_.file_system().fstatat(directory_.get(), root_name_.c_str(), status, AT_SYMLINK_NOFOLLOW);
  const bool same = failed == 0 ? *root_ == FolderIdentity{status.st_dev, status.st_ino} : failed != -ENOENT;
  if (same) return Done{};
  return root_is_gone();
}

Error TargetStorage::root_is_gone() const {
  return {ErrorKind::not_found, escaped(root_name_) + " was removed, moved or replaced while it was being written"};
}

Result<Fd> TargetStorage::open_for_reading(std::size_t file) const {
  const std::shared_lock lock(root_mutex_);
  return open_below(directory_, below_root(metainfo_->files()[file].path), Access::read, Missing::fail);
}

Result<Fd> TargetStorage::open_for_writing(std::size_t file) {
  const FileEntry& entry = metainfo_->files()[file];
  const std::shared_lock lock(root_mutex_);
  if (mode_ == Mode::read_only) {
    return Error{ErrorKind::denied, "cannot write " + escaped(join_path(entry.path)) + ": it is complete"};
  }
  if (Status status = check_known_root(); !status) return status.error();
  bool seen = false;
  {
    const std::lock_guard identity(identity_mutex_);
    seen = seen_[file];
  }
  Result<Fd> opened =
      open_below(directory_, below_root(entry.path), Access::read_write, seen ? Missing::fail : Missing::create);
  if (!opened && seen && opened.error().kind == ErrorKind::not_found) return file_is_gone(file);
  if (!opened) return opened;
  remember_root();
  {
    const std::lock_guard identity(identity_mutex_);
    seen_[file] = true;
  }
  const Result<struct ::stat> status = look_at(*opened, join_path(entry.path));
  if (!status) return status.error();
  if (status->st_size == entry.bytes) return opened;
  const int resized = opened->file_system().ftruncate(opened->get(), entry.bytes);
  if (resized < 0) return file_error("resize", join_path(entry.path), -resized);
  return opened;
}

std::optional<FileSignature> TargetStorage::look(std::size_t file) const {
  const Result<Fd> opened = open_for_reading(file);
  if (!opened) return std::nullopt;
  const Result<struct ::stat> status = look_at(*opened, "");
  if (!status || status->st_size != metainfo_->files()[file].bytes) return std::nullopt;
  const std::lock_guard lock(identity_mutex_);
  seen_[file] = true;
  return FileSignature::of(*status);
}

void TargetStorage::forget(std::size_t file) {
  writers_.drop(file);
  const std::lock_guard lock(identity_mutex_);
  seen_[file] = false;
}

Status TargetStorage::apply_attributes(std::size_t file) const {
  const Result<Fd> opened = open_for_reading(file);
  if (!opened) return opened.error();
  content::apply_attributes(*opened, metainfo_->files()[file]);
  return Done{};
}

Status TargetStorage::adopt(std::size_t file) {
  const Result<Fd> opened = open_for_reading(file);
  if (!opened) return opened.error();
  return seals_.adopt(file, *opened, join_path(metainfo_->files()[file].path));
}

Status TargetStorage::confirm(std::size_t file) {
  const Result<Fd> opened = open_for_reading(file);
  if (!opened) return opened.error();
  return seals_.confirm(file, *opened, join_path(metainfo_->files()[file].path));
}

Status TargetStorage::unseal(std::size_t file, FolderWalk& walk) {
  const Result<Fd> opened = [&] {
    const std::shared_lock lock(root_mutex_);
    return walk.open(below_root(metainfo_->files()[file].path), Access::read);
  }();
  if (!opened) seals_.distrust(file);
  if (!opened) return opened.error();
  return seals_.unseal(file, *opened, metainfo_->files()[file]);
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

Status TargetStorage::make_symlink(std::size_t symlink) {
  const Symlink& link = metainfo_->symlinks()[symlink];
  const std::shared_lock lock(root_mutex_);
  const std::vector<std::string> path = below_root(link.path);
  Status made = content::make_symlink(directory_, path, text_of(link));
  if (made || made.error().kind != ErrorKind::exists) return made;
  const auto there = read_symlink(directory_, path);
  return there && *there == text_of(link) ? Status(Done{}) : made;
}

Status TargetStorage::start_writing(std::size_t file, std::int64_t offset, std::int64_t bytes) {
  const auto opened = writers_.find(file);
  if (!opened) return Done{};
  Status status = content::start_writing(*opened, offset, bytes, join_path(metainfo_->files()[file].path));
  if (status) started_bytes_[file] += bytes;
  return status;
}

std::optional<Unsynced> TargetStorage::sync(std::span<const std::size_t> files,
                                            std::span<const std::vector<std::string>> folders,
                                            const SyncOptions& options) const {
  std::vector<FileSync::File> to_sync;
  std::set<std::vector<std::string>> all_folders;
  const auto add = [&](std::vector<std::string> path) {
    while (all_folders.insert(path).second && !path.empty()) path.pop_back();
  };
  {
    const std::shared_lock lock(root_mutex_);
    for (const std::size_t file : files) {
      std::vector<std::string> path = below_root(metainfo_->files()[file].path);
      const std::int64_t bytes = metainfo_->files()[file].bytes;
      to_sync.push_back({path, bytes, started_bytes_[file] >= bytes});
      path.pop_back();
      add(std::move(path));
    }
    for (const std::vector<std::string>& folder : folders) add(below_root(folder));
  }
  const std::vector<std::vector<std::string>> sorted(all_folders.begin(), all_folders.end());
  std::optional<Unsynced> unsynced = FileSync(directory_, to_sync, sorted, options).run();
  if (unsynced) {
    for (std::size_t& file : unsynced->files) file = files[file];
  }
  return unsynced;
}

Status TargetStorage::finish(const std::string& final_name) {
  const auto rename = [&]() -> Status {
    const std::unique_lock lock(root_mutex_);
    if (Status status = rename_no_replace(directory_, root_name_, final_name); !status) return status;
    root_name_ = final_name;
    mode_ = Mode::read_only;
    return Done{};
  };
  Status status = Done{};
  if (metainfo_->is_single_file()) {
    const Result<Fd> opened = open_for_reading(0);
    if (!opened) return opened.error();
    status = seals_.renaming(0, *opened, rename);
  } else {
    status = rename();
  }
  if (status) writers_.clear();
  return status;
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
  for (const Symlink& link : metainfo_->symlinks()) {
    std::vector<std::string> path = below_root(link.path);
    const auto text = read_symlink(directory_, path);
    if (text && *text) remove_entry(path, 0);
    path.pop_back();
    while (!path.empty() && folders.insert(path).second) path.pop_back();
  }
  // Backwards: what is in a folder comes after it.
  for (auto folder = folders.rbegin(); folder != folders.rend(); ++folder) remove_entry(*folder, AT_REMOVEDIR);
}

std::vector<std::string> TargetStorage::below_root(std::span<const std::string> path) const {
  std::vector<std::string> components{root_name_};
  if (!metainfo_->is_single_file()) components.insert(components.end(), path.begin(), path.end());
  return components;
}

}  // namespace stp::content
