// FileWatch: checks files of a share that could not be read from time to time, until each can be read or never will be
// again (content::Storage::recheck).
//
// A file is checked at once, then after kPauseFirst, twice that, and so on up to kPauseMax: a disk that comes back is
// noticed within seconds, and thousands of files on one that does not cost little. One check at a time runs, on a task
// thread of its own, because it may have to hash a large file. Lives on the network thread.
#pragma once

#include <atomic>
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <cstddef>
#include <functional>
#include <map>
#include <memory>
#include <vector>

#include "content/storage.h"
#include "core/result.h"
#include "core/time.h"
#include "net/task_queue.h"

namespace stp::net {

class FileWatch {
 public:
  static constexpr Duration kPauseFirst = std::chrono::milliseconds(500);
  static constexpr Duration kPauseMax = std::chrono::seconds(10);

  /// Called on the network thread: the file can be read again, or (integrity) never will be.
  using Settled = std::function<void(std::size_t file, const Status& status)>;

  FileWatch(boost::asio::io_context& io, TaskPool& pool, Settled settled);
  /// Ends the running check.
  ~FileWatch();
  FileWatch(const FileWatch&) = delete;
  FileWatch& operator=(const FileWatch&) = delete;

  /// Watches the file of `storage` until it is settled; a file that is already watched stays watched.
  void watch(std::shared_ptr<content::Storage> storage, std::size_t file);

 private:
  struct Watched {
    std::shared_ptr<content::Storage> storage;
    Duration pause = Duration::zero();
    Instant due;
  };
  struct Check {
    std::shared_ptr<content::Storage> storage;
    std::size_t file;
    Status status;
  };

  void look();
  void on_checked(const std::vector<Check>& checks);
  void arm();

  Settled settled_;
  std::map<std::size_t, Watched> files_;
  std::map<std::size_t, Duration> pauses_;  // of files that came back: one that fails again is not checked at once
  boost::asio::steady_timer timer_;
  bool checking_ = false;
  const std::shared_ptr<std::atomic<bool>> cancel_ = std::make_shared<std::atomic<bool>>(false);
  TaskQueue tasks_;
};

}  // namespace stp::net
