#include "net/task_queue.h"

#include <utility>

namespace stp::net {

void TaskQueue::run(std::function<void()> work, std::function<void()> done) {
  pool_.run(line_, {std::move(work), std::move(done)});
}

void TaskPool::run(const std::shared_ptr<Line>& line, Task task) {
  ++pending_;
  ++line->pending;
  {
    const auto lock = pool_.lock();
    line->waiting.push_back(std::move(task));
    if (!line->running && line->waiting.size() == 1) ready_.push_back(line);
  }
  pool_.wake_one();
}

void TaskPool::work(std::unique_lock<std::mutex>& lock) {
  const std::shared_ptr<Line> line = std::move(ready_.front());
  ready_.pop_front();
  Task task = std::move(line->waiting.front());
  line->waiting.pop_front();
  line->running = true;
  lock.unlock();
  task.work();
  lock.lock();
  line->running = false;
  if (!line->waiting.empty()) ready_.push_back(line);  // this thread looks for work again, so nobody is woken
  finished_.push_back({line, std::move(task)});
  pool_.post_results();
}

void TaskPool::hand_back() {
  std::deque<Finished> finished;
  {
    const auto lock = pool_.lock();
    finished.swap(finished_);
  }
  // A `done` may destroy everything, including this object.
  const std::shared_ptr<bool> alive = alive_;
  for (const Finished& each : finished) {
    if (!*alive) return;
    --pending_;
    --each.line->pending;
    if (each.line->alive && each.task.done) each.task.done();
  }
}

}  // namespace stp::net
