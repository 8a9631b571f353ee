#include "net/folder_watch.h"

#include <sys/inotify.h>
#include <sys/vfs.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "content/posix_file.h"

namespace stp::net {
namespace {

constexpr std::uint32_t kWatched = IN_MODIFY | IN_ATTRIB | IN_CLOSE_WRITE | IN_CREATE | IN_DELETE | IN_MOVED_FROM |
                                   IN_MOVED_TO | IN_DELETE_SELF | IN_MOVE_SELF;

// As statfs(2) and the sources of the file systems have them: NFS, SMB, CIFS, SMB 2, FUSE, 9P, Ceph, AFS, Coda, NCP.
constexpr std::array<std::uint32_t, 10> kUnseen = {0x6969,     0x517B,     0xFF534D42, 0xFE534D42, 0x65735546,
                                                   0x01021997, 0x00C36400, 0x5346414F, 0x73757245, 0x564C};

}  // namespace

bool changes_unseen(const std::string& path) {
  struct ::statfs status {};
  if (::statfs(path.c_str(), &status) != 0) return false;
  return std::ranges::find(kUnseen, static_cast<std::uint32_t>(status.f_type)) != kUnseen.end();
}

Status FolderWatch::open() {
  const int descriptor = ::inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
  if (descriptor < 0) return Error{ErrorKind::busy, std::string("no more inotify instances: ") + std::strerror(errno)};
  events_.assign(descriptor);
  wait();
  return Done{};
}

bool FolderWatch::watch(const std::string& source, const std::string& path) {
  const std::lock_guard lock(mutex_);  // an event may come before the call returns
  const int descriptor = ::inotify_add_watch(events_.native_handle(), source.c_str(),
                                             kWatched | IN_ONLYDIR | IN_DONT_FOLLOW | IN_EXCL_UNLINK);
  if (descriptor < 0) return errno != ENOSPC && errno != ENOMEM;  // otherwise it is gone, or not readable
  std::string& known = paths_[descriptor];
  if (const auto old = descriptors_.find(known); old != descriptors_.end() && old->second == descriptor) {
    descriptors_.erase(old);
  }
  known = path;
  descriptors_[path] = descriptor;
  return true;
}

void FolderWatch::close() {
  const std::lock_guard lock(mutex_);
  boost::system::error_code ignored;
  events_.close(ignored);
}

void FolderWatch::wait() {
  events_.async_wait(boost::asio::posix::stream_descriptor::wait_read, [this](const boost::system::error_code& error) {
    if (error) return;
    read();
    owner_.on_folder_turn_end();
    wait();
  });
}

void FolderWatch::read() {
  const ::ssize_t got = ::read(events_.native_handle(), buffer_.data(), buffer_.size());
  for (::ssize_t at = 0; at < got;) {
    inotify_event event{};
    std::memcpy(&event, buffer_.data() + at, sizeof event);
    handle(event.wd, event.mask, event.len > 0 ? buffer_.data() + at + sizeof event : "");
    at += static_cast<::ssize_t>(sizeof event + event.len);
  }
}

void FolderWatch::handle(int descriptor, std::uint32_t mask, const char* name) {
  if ((mask & IN_Q_OVERFLOW) != 0) return owner_.on_folder_lost();
  std::string path;
  {
    const std::lock_guard lock(mutex_);
    const auto folder = paths_.find(descriptor);
    if (folder == paths_.end()) return;
    path = folder->second;
    if ((mask & IN_IGNORED) != 0) {
      const auto known = descriptors_.find(path);
      if (known != descriptors_.end() && known->second == descriptor) descriptors_.erase(known);
      paths_.erase(folder);
      return;
    }
  }
  if ((mask & (IN_DELETE_SELF | IN_MOVE_SELF)) != 0) {
    if (path.empty()) owner_.on_folder_lost();  // others are seen in the folder above
    return;
  }
  if (*name != '\0') path += (path.empty() ? "" : "/") + std::string(name);
  if ((mask & IN_ISDIR) != 0) {
    if ((mask & (IN_CREATE | IN_DELETE | IN_MOVED_FROM | IN_MOVED_TO)) == 0) return;
    if ((mask & IN_MOVED_FROM) != 0) forget(path);
  }
  const bool writing = (mask & (IN_MODIFY | IN_ATTRIB)) != 0 || ((mask & IN_CREATE) != 0 && (mask & IN_ISDIR) == 0);
  owner_.on_folder_change(path, writing ? folder::Change::written : folder::Change::closed);
}

void FolderWatch::forget(const std::string& path) {
  const std::lock_guard lock(mutex_);
  for (auto known = descriptors_.lower_bound(path); known != descriptors_.end() && known->first.starts_with(path);) {
    const bool below = known->first.size() == path.size() || known->first[path.size()] == '/';
    if (!below) {
      ++known;
      continue;
    }
    ::inotify_rm_watch(events_.native_handle(), known->second);
    paths_.erase(known->second);
    known = descriptors_.erase(known);
  }
}

}  // namespace stp::net
