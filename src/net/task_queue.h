// TaskQueue: file work of one share other than moving blocks (opening, verifying, marking, renaming), one task after
// another in the order given, off the network thread. TaskPool: the threads that the queues of all shares use.
//
// Order within a queue is the point: a chunk is marked after the previous mark, and a download is finished after its
// last mark. Queues take turns, so a share with much to do does not hold up the others while a thread is free.
//
// Everything is called on the network thread, and so is `done`. A pool must outlive its queues' tasks: destroying it
// waits for the running tasks and for all that were queued.
#pragma once

#include <boost/asio/io_context.hpp>
#include <cstddef>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>

#include "net/worker_pool.h"

namespace stp::net {

class TaskQueue;

class TaskPool final : private WorkerPool::Queue {
 public:
  TaskPool(boost::asio::io_context& io, std::size_t threads) : pool_(io, *this, threads, WorkerPool::AtEnd::finish) {}
  /// Does what is queued; `done` is not called any more.
  ~TaskPool() override { *alive_ = false; }
  TaskPool(const TaskPool&) = delete;
  TaskPool& operator=(const TaskPool&) = delete;

  /// Tasks of all queues whose `done` has not been called yet.
  [[nodiscard]] std::size_t pending() const { return pending_; }

 private:
  friend class TaskQueue;
  struct Task {
    std::function<void()> work;
    std::function<void()> done;
  };
  /// What a queue's tasks share; they keep it when the queue is gone.
  struct Line {
    std::deque<Task> waiting;  // under the pool's lock
    bool running = false;      // under the pool's lock; one of its tasks is, or waits in `finished_` for nothing else
    bool alive = true;         // network thread only
    std::size_t pending = 0;   // network thread only
  };
  struct Finished {
    std::shared_ptr<Line> line;
    Task task;
  };
  void run(const std::shared_ptr<Line>& line, Task task);

  [[nodiscard]] bool has_work() const override { return !ready_.empty(); }
  void work(std::unique_lock<std::mutex>& lock) override;
  void hand_back() override;

  std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);  // network thread only
  std::size_t pending_ = 0;                                     // network thread only
  std::deque<std::shared_ptr<Line>> ready_;                     // under the pool's lock: with a task to start
  std::deque<Finished> finished_;                               // under the pool's lock
  WorkerPool pool_;
};

class TaskQueue {
 public:
  explicit TaskQueue(TaskPool& pool) : pool_(pool) {}
  /// Tasks that are queued are still done, but their `done` is not called.
  ~TaskQueue() { line_->alive = false; }
  TaskQueue(const TaskQueue&) = delete;
  TaskQueue& operator=(const TaskQueue&) = delete;

  /// Runs `work` on a thread, then `done` on the network thread (not at all once this queue or the pool is gone). Both
  /// are destroyed on the network thread, unless the io_context never runs again.
  void run(std::function<void()> work, std::function<void()> done = nullptr);
  /// Tasks whose `done` has not been called yet.
  [[nodiscard]] std::size_t pending() const { return line_->pending; }

 private:
  TaskPool& pool_;
  std::shared_ptr<TaskPool::Line> line_ = std::make_shared<TaskPool::Line>();
};

}  // namespace stp::net
