// TaskThread: file work that is not moving blocks (opening, verifying, marking, renaming, saving state), one after
// another in the order it was given, off the network thread.
//
// Order is the point: a chunk is marked after the previous mark, and a download is finished after its last mark.
// run() and the destructor are called on the network thread; `done` is called there too.
#pragma once

#include <boost/asio/io_context.hpp>
#include <condition_variable>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <thread>

namespace stp::net {

class TaskThread {
 public:
  explicit TaskThread(boost::asio::io_context& io);
  /// Waits for the task under way and for those queued before: nobody hears of them any more, and all are destroyed.
  ~TaskThread();
  TaskThread(const TaskThread&) = delete;
  TaskThread& operator=(const TaskThread&) = delete;

  /// Runs `work` on the thread, then `done` on the network thread (not at all once this object is gone). Both are
  /// destroyed on the network thread, unless the io_context never runs again.
  void run(std::function<void()> work, std::function<void()> done = nullptr);
  /// Tasks whose `done` has not been called yet.
  [[nodiscard]] std::size_t pending() const { return pending_; }

 private:
  struct Task {
    std::function<void()> work;
    std::function<void()> done;
  };
  void loop();
  void hand_back();

  boost::asio::io_context& io_;
  std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);  // network thread only
  std::size_t pending_ = 0;                                     // network thread only
  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<Task> tasks_;     // under mutex_
  std::deque<Task> finished_;  // under mutex_
  bool posted_ = false;        // under mutex_
  bool stopping_ = false;      // under mutex_
  std::thread thread_;
};

}  // namespace stp::net
