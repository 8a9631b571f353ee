// TaskThread: file work other than moving blocks (opening, verifying, marking, renaming, saving state), one task after
// another in the order given, off the network thread.
//
// Order is the point: a chunk is marked after the previous mark, and a download is finished after its last mark.
// run() and the destructor are called on the network thread; `done` is called there too.
#pragma once

#include <boost/asio/io_context.hpp>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>

#include "net/worker_pool.h"

namespace stp::net {

class TaskThread final : private WorkerPool::Queue {
 public:
  explicit TaskThread(boost::asio::io_context& io) : pool_(io, *this, 1, WorkerPool::AtEnd::finish) {}
  /// Waits for the running task and for those queued before: their `done` is not called, and all are destroyed.
  ~TaskThread() override { *alive_ = false; }
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
  [[nodiscard]] bool has_work() const override { return !tasks_.empty(); }
  void work(std::unique_lock<std::mutex>& lock) override;
  void hand_back() override;

  std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);  // network thread only
  std::size_t pending_ = 0;                                     // network thread only
  std::deque<Task> tasks_;                                      // under the pool's lock
  std::deque<Task> finished_;                                   // under the pool's lock
  WorkerPool pool_;
};

}  // namespace stp::net
