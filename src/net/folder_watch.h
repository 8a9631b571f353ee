// FolderWatch: reports what happens in a folder and everything below it, by inotify.
//
// inotify watches single folders, so the one who scans the tree also watches it: watch() before a folder is listed, so
// that nothing that appears between the two is missed. A watch belongs to the folder itself: when it is moved within the
// tree, scanning it under its new path gives the watch its new path. Events only say where to look (folder/folder_follower.h);
// one under an old path is harmless.
//
// watch() may be called on any thread; everything else belongs to the network thread.
#pragma once

#include <array>
#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <mutex>
#include <string>

#include "core/result.h"
#include "folder/folder_follower.h"

namespace stp::net {

class FolderWatch {
 public:
  class Owner {
   public:
    virtual ~Owner() = default;
    /// Paths are relative to the watched folder.
    virtual void on_folder_change(const std::string& path, folder::Change change) = 0;
    /// Events were lost, or the folder itself is gone.
    virtual void on_folder_lost() = 0;
    /// After one or more of the calls above.
    virtual void on_folder_turn_end() = 0;
  };

  FolderWatch(boost::asio::io_context& io, Owner& owner) : owner_(owner), events_(io) {}
  FolderWatch(const FolderWatch&) = delete;
  FolderWatch& operator=(const FolderWatch&) = delete;

  /// Why nothing can be watched, as an error.
  [[nodiscard]] Status open();
  /// Watches the folder `source` as `path`. False: the limit of the system is reached (fs.inotify.max_user_watches).
  [[nodiscard]] bool watch(const std::string& source, const std::string& path);
  /// Nothing is reported any more.
  void close();

 private:
  void wait();
  void read();
  /// `mask` and `name` as in inotify(7).
  void handle(int descriptor, std::uint32_t mask, const char* name);
  /// Stops watching what is at `path` and below it.
  void forget(const std::string& path);

  Owner& owner_;
  boost::asio::posix::stream_descriptor events_;
  std::mutex mutex_;  // guards the two tables
  std::map<int, std::string> paths_;
  std::map<std::string, int> descriptors_;
  alignas(8) std::array<char, 64 * 1024> buffer_{};
};

/// Whether changes made by other machines, or by other means than this system's calls, stay unseen below `path`: on
/// network file systems and those of programs (FUSE).
[[nodiscard]] bool changes_unseen(const std::string& path);

}  // namespace stp::net
