#include "net/task_thread.h"

#include <utility>

namespace stp::net {

void TaskThread::run(std::function<void()> work, std::function<void()> done) {
  ++pending_;
  {
    const auto lock = pool_.lock();
    tasks_.push_back({std::move(work), std::move(done)});
  }
  pool_.wake_one();
}

void TaskThread::work(std::unique_lock<std::mutex>& lock) {
  Task task = std::move(tasks_.front());
  tasks_.pop_front();
  lock.unlock();
  task.work();
  lock.lock();
  finished_.push_back(std::move(task));
  pool_.post_results();
}

void TaskThread::hand_back() {
  std::deque<Task> finished;
  {
    const auto lock = pool_.lock();
    finished.swap(finished_);
  }
  // A `done` may destroy everything, including this object.
  const std::shared_ptr<bool> alive = alive_;
  for (const Task& task : finished) {
    if (!*alive) return;
    --pending_;
    if (task.done) task.done();
  }
}

}  // namespace stp::net
