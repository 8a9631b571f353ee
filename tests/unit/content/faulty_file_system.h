// FaultyFileSystem: the real files below one folder, with a memory of what a power cut would leave of them, and faults
// where a test wants them.
//
// Every call is passed on to the operating system and followed in a model: what a file's bytes and a folder's entries
// are, and which of them were synced. Calls are counted; one of them, or all from one on, can be made to fail. After
// cut_power() every call fails and nothing changes any more; restart() then gives the folder a state that a disk may
// have: what was synced, and for the rest whatever the random numbers say, for each 512 bytes written, each change of
// length and each entry separately. A sync that fails drops the bytes that it could not write, as Linux does: the file
// still looks correct, and the next sync succeeds. Entries are not dropped: file systems stop working in that case.
//
// Not thread-safe. Folders below the first level are followed too.
#pragma once

#include <fcntl.h>

#include <cerrno>
#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "content/file_system.h"
#include "core/bytes.h"
#include "core/rng.h"
#include "test_files.h"

namespace stp::content::test {

/// How far apart the calls are that a test of all schedules lets fail: each call, or with a sanitizer, which has no
/// time for all of them, every seventh.
#ifdef STP_SANITIZED
inline constexpr std::size_t kFaultStep = 7;
#else
inline constexpr std::size_t kFaultStep = 1;
#endif

class FaultyFileSystem final : public FileSystem {
 public:
  explicit FaultyFileSystem(std::string root) : root_path_(std::move(root)) { root_ = read_folder(root_path_); }

  /// Fallible calls so far.
  [[nodiscard]] std::size_t calls() const { return calls_; }
  /// Call number `at` (from 0) fails with `error`; with `for_good`, every later one too.
  void fail(std::size_t at, int error, bool for_good = false) { fault_ = {at, error, for_good}; }
  void mend() { fault_.reset(); }
  /// Power goes at call number `at`.
  void cut_power(std::size_t at) { cut_at_ = at; }
  [[nodiscard]] bool is_off() const { return off_; }

  /// What an unsynced change is worth after a power cut.
  enum class Luck { none, all, some };
  /// Puts into the folder what the disk may hold. No descriptor is open.
  void restart(Luck luck, Rng& rng) {
    for (const auto& entry : std::filesystem::directory_iterator(root_path_)) std::filesystem::remove_all(entry);
    write_folder(*root_, root_path_, luck, rng);
    fds_.clear();
    root_ = read_folder(root_path_);
    off_ = false;
    cut_at_.reset();
    fault_.reset();
    calls_ = 0;
  }

  /// As after a kill: the system goes on, and all that was done is there.
  void keep_everything() {
    off_ = false;
    cut_at_.reset();
  }

  int openat(int directory, const char* path, int flags, ::mode_t mode) override {
    const bool creates = (flags & O_CREAT) != 0;
    if (const int failed = step(creates)) return failed;
    const std::shared_ptr<Node> folder = directory == AT_FDCWD ? nullptr : node_of(directory);
    struct ::stat before {};
    const bool there = creates && posix().fstatat(directory, path, before, AT_SYMLINK_NOFOLLOW) >= 0;
    const int fd = posix().openat(directory, path, flags, mode);
    if (fd < 0) return fd;
    std::shared_ptr<Node> node;
    if (directory == AT_FDCWD) {
      node = std::filesystem::path(path) == std::filesystem::path(root_path_) ? root_ : nullptr;
    } else if (folder && std::string_view(path) == ".") {
      node = folder;
    } else if (folder && creates && !there) {
      node = std::make_shared<Node>();
      folder->add(path, node);
    } else if (folder) {
      const auto found = folder->entries.find(path);
      if (found != folder->entries.end()) node = found->second;
    }
    if (node && (flags & O_TRUNC) != 0) node->resize(0);
    fds_[fd] = node;
    return fd;
  }
  void close(int fd) override {
    fds_.erase(fd);
    posix().close(fd);
  }
  ::ssize_t pread(int fd, void* out, std::size_t bytes, ::off_t offset) override {
    if (const int failed = step(false)) return failed;
    return posix().pread(fd, out, bytes, offset);
  }
  ::ssize_t pwritev(int fd, const ::iovec* vectors, int count, ::off_t offset) override {
    const int failed = step(true);
    Bytes bytes;
    for (int i = 0; i < count; ++i)
      append(bytes, {static_cast<const std::byte*>(vectors[i].iov_base), vectors[i].iov_len});
    if (failed == -EIO && off_) return failed;
    if (failed != 0) bytes.resize(bytes.size() / 2);  // torn: a part of it is written before it fails
    const ::iovec whole{bytes.data(), bytes.size()};
    const ::ssize_t put = posix().pwritev(fd, &whole, 1, offset);
    if (put > 0) {
      if (const auto node = node_of(fd)) node->write(static_cast<std::size_t>(offset), bytes);
    }
    return failed != 0 ? failed : put;
  }
  int ftruncate(int fd, ::off_t bytes) override {
    if (const int failed = step(true)) return failed;
    const int done = posix().ftruncate(fd, bytes);
    if (const auto node = node_of(fd); node && done >= 0) node->resize(static_cast<std::size_t>(bytes));
    return done;
  }
  int futimens(int fd, const ::timespec (&times)[2]) override {
    if (const int failed = step(false)) return failed;
    return posix().futimens(fd, times);
  }
  int flock(int fd, int operation) override { return off_ ? -EIO : posix().flock(fd, operation); }

  // On the disk it may be, but not to be found after a power cut: only a failure counts.
  int sync_file_range(int fd, ::off_t, ::off_t, unsigned) override {
    const int failed = step(true);
    if (off_ || failed == 0) return failed;
    if (const auto node = node_of(fd)) node->sync(false);
    return failed;
  }
  int fdatasync(int fd) override { return sync(fd); }
  int fsync(int fd) override { return sync(fd); }
  int syncfs(int) override {
    const int failed = step(true);
    if (off_) return failed;
    root_->sync_below(failed == 0);
    return failed;
  }

  int fstat(int fd, struct ::stat& status) override {
    if (const int failed = step(false)) return failed;
    return posix().fstat(fd, status);
  }
  int fstatat(int directory, const char* name, struct ::stat& status, int flags) override {
    if (const int failed = step(false)) return failed;
    return posix().fstatat(directory, name, status, flags);
  }
  int fstatvfs(int fd, struct ::statvfs& space) override {
    if (const int failed = step(false)) return failed;
    return posix().fstatvfs(fd, space);
  }
  int faccessat(int directory, const char* name, int mode, int flags) override {
    if (const int failed = step(false)) return failed;
    return posix().faccessat(directory, name, mode, flags);
  }
  int list(int folder, std::vector<std::string>& names) override {
    if (const int failed = step(false)) return failed;
    return posix().list(folder, names);
  }

  int mkdirat(int directory, const char* name, ::mode_t mode) override {
    if (const int failed = step(true)) return failed;
    const int done = posix().mkdirat(directory, name, mode);
    if (const auto folder = node_of(directory); folder && done >= 0) {
      const auto made = std::make_shared<Node>();
      made->is_folder = true;
      folder->add(name, made);
    }
    return done;
  }
  int unlinkat(int directory, const char* name, int flags) override {
    if (const int failed = step(false)) return failed;
    const int done = posix().unlinkat(directory, name, flags);
    if (const auto folder = node_of(directory); folder && done >= 0) folder->remove(name);
    return done;
  }
  int renameat2(int directory, const char* from, const char* to, unsigned flags) override {
    if (const int failed = step(true)) return failed;
    const int done = posix().renameat2(directory, from, to, flags);
    if (const auto folder = node_of(directory); folder && done >= 0) folder->rename(from, to);
    return done;
  }
  int linkat(int directory, const char* from, const char* to) override {
    if (const int failed = step(true)) return failed;
    const int done = posix().linkat(directory, from, to);
    if (const auto folder = node_of(directory); folder && done >= 0) folder->add(to, folder->entries.at(from));
    return done;
  }
  int symlinkat(const char* text, int directory, const char* name) override {
    if (const int failed = step(true)) return failed;
    const int done = posix().symlinkat(text, directory, name);
    if (const auto folder = node_of(directory); folder && done >= 0) {
      folder->add(name, std::make_shared<Node>());
      folder->entries.at(name)->link_text = text;
    }
    return done;
  }
  ::ssize_t readlinkat(int directory, const char* name, char* text, std::size_t bytes) override {
    if (const int failed = step(false)) return failed;
    return posix().readlinkat(directory, name, text, bytes);
  }

 private:
  static constexpr std::size_t kSectorBytes = 512;

  struct Node {
    struct Change {  // of a file: a write, or, without bytes, a new length; of a folder: an entry comes, goes, or both
      std::size_t offset = 0;
      Bytes bytes;
      std::string removed;
      std::string added;
      std::shared_ptr<Node> node;
    };
    bool is_folder = false;
    Bytes durable;                                         // a file's bytes on the disk
    std::map<std::string, std::shared_ptr<Node>> entries;  // a folder's entries now
    std::map<std::string, std::shared_ptr<Node>> on_disk;  // and those on the disk
    std::vector<Change> unsynced;
    std::string link_text;  // of a symbolic link

    void write(std::size_t offset, const Bytes& bytes) { unsynced.push_back({offset, bytes, {}, {}, nullptr}); }
    void resize(std::size_t bytes) { unsynced.push_back({bytes, {}, {}, {}, nullptr}); }
    void add(const std::string& name, std::shared_ptr<Node> node) {
      entries[name] = node;
      unsynced.push_back({0, {}, {}, name, std::move(node)});
    }
    void remove(const std::string& name) {
      entries.erase(name);
      unsynced.push_back({0, {}, name, {}, nullptr});
    }
    void rename(const std::string& from, const std::string& to) {
      const std::shared_ptr<Node> node = entries.at(from);
      entries.erase(from);
      entries[to] = node;
      unsynced.push_back({0, {}, from, to, node});
    }
    void apply(const Change& change, Luck luck, Rng& rng) {
      const auto kept = [&] { return luck == Luck::all || (luck == Luck::some && rng.below(2) == 0); };
      if (is_folder) {
        if (!kept()) return;
        if (!change.removed.empty()) on_disk.erase(change.removed);
        if (!change.added.empty()) on_disk[change.added] = change.node;
      } else if (change.bytes.empty()) {
        if (kept()) durable.resize(change.offset);
      } else {
        for (std::size_t at = 0; at < change.bytes.size(); at += kSectorBytes) {
          if (!kept()) continue;
          const std::size_t count = std::min(kSectorBytes, change.bytes.size() - at);
          if (durable.size() < change.offset + at + count) durable.resize(change.offset + at + count);
          std::copy_n(change.bytes.begin() + static_cast<std::ptrdiff_t>(at), count,
                      durable.begin() + static_cast<std::ptrdiff_t>(change.offset + at));
        }
      }
    }
    void sync(bool works) {
      if (is_folder && !works) return;
      Rng none(1);
      for (const Change& change : unsynced) {
        if (works) apply(change, Luck::all, none);
      }
      unsynced.clear();
    }
    void sync_below(bool works) {
      sync(works);
      for (const auto& [name, node] : entries) node->sync_below(works);
    }
  };
  struct Fault {
    std::size_t at;
    int error;
    bool for_good;
  };

  // Counts a call; -errno when it is to fail. Only what takes room can lack it.
  int step(bool takes_room) {
    const std::size_t number = calls_++;
    if (cut_at_ && number >= *cut_at_) off_ = true;
    if (off_) return -EIO;
    if (!fault_ || (fault_->for_good ? number < fault_->at : number != fault_->at)) return 0;
    const bool about_room = fault_->error == ENOSPC || fault_->error == EDQUOT || fault_->error == EFBIG;
    return about_room && !takes_room ? 0 : -fault_->error;
  }
  int sync(int fd) {
    const int failed = step(true);
    if (off_) return failed;
    if (const auto node = node_of(fd)) node->sync(failed == 0);
    return failed;
  }
  [[nodiscard]] std::shared_ptr<Node> node_of(int fd) const {
    const auto found = fds_.find(fd);
    return found == fds_.end() ? nullptr : found->second;
  }
  static std::shared_ptr<Node> read_folder(const std::filesystem::path& path) {
    auto folder = std::make_shared<Node>();
    folder->is_folder = true;
    for (const auto& entry : std::filesystem::directory_iterator(path)) {
      std::shared_ptr<Node> node;
      if (entry.is_symlink()) {
        node = std::make_shared<Node>();
        node->link_text = std::filesystem::read_symlink(entry.path()).string();
      } else if (entry.is_directory()) {
        node = read_folder(entry.path());
      } else {
        node = std::make_shared<Node>();
        node->durable = read_file(entry.path().string());
      }
      folder->entries[entry.path().filename().string()] = node;
    }
    folder->on_disk = folder->entries;
    return folder;
  }
  static void write_folder(Node& folder, const std::filesystem::path& path, Luck luck, Rng& rng) {
    for (const Node::Change& change : folder.unsynced) folder.apply(change, luck, rng);
    folder.unsynced.clear();
    for (const auto& [name, node] : folder.on_disk) {
      if (node->is_folder) {
        std::filesystem::create_directory(path / name);
        write_folder(*node, path / name, luck, rng);
        continue;
      }
      if (!node->link_text.empty()) {
        std::filesystem::create_symlink(node->link_text, path / name);
        continue;
      }
      for (const Node::Change& change : node->unsynced) node->apply(change, luck, rng);
      node->unsynced.clear();
      write_file((path / name).string(), node->durable);
    }
  }

  const std::string root_path_;
  std::shared_ptr<Node> root_;
  std::map<int, std::shared_ptr<Node>> fds_;
  std::size_t calls_ = 0;
  std::optional<Fault> fault_;
  std::optional<std::size_t> cut_at_;
  bool off_ = false;
};

}  // namespace stp::content::test
