#include "net/task_thread.h"

#include <boost/asio/post.hpp>
#include <utility>

namespace stp::net {

TaskThread::TaskThread(boost::asio::io_context& io) : io_(io), thread_([this] { loop(); }) {}

TaskThread::~TaskThread() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  changed_.notify_one();
  thread_.join();
  *alive_ = false;
}

void TaskThread::run(std::function<void()> work, std::function<void()> done) {
  ++pending_;
  {
    const std::lock_guard lock(mutex_);
    tasks_.push_back({std::move(work), std::move(done)});
  }
  changed_.notify_one();
}

void TaskThread::loop() {
  std::unique_lock lock(mutex_);
  while (true) {
    changed_.wait(lock, [this] { return stopping_ || !tasks_.empty(); });
    if (tasks_.empty()) return;
    Task task = std::move(tasks_.front());
    tasks_.pop_front();
    lock.unlock();
    task.work();
    lock.lock();
    finished_.push_back(std::move(task));
    if (std::exchange(posted_, true)) continue;
    boost::asio::post(io_, [this, alive = alive_] {
      if (*alive) hand_back();
    });
  }
}

void TaskThread::hand_back() {
  std::deque<Task> finished;
  {
    const std::lock_guard lock(mutex_);
    posted_ = false;
    finished.swap(finished_);
  }
  // A `done` may end everything, this object too.
  const std::shared_ptr<bool> alive = alive_;
  for (const Task& task : finished) {
    if (!*alive) return;
    --pending_;
    if (task.done) task.done();
  }
}

}  // namespace stp::net
