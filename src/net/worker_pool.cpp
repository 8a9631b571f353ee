#include "net/worker_pool.h"

#include <boost/asio/post.hpp>
#include <utility>

#include "core/quiet_thread.h"

namespace stp::net {

WorkerPool::WorkerPool(boost::asio::io_context& io, Queue& queue, std::size_t threads, AtEnd at_end)
    : io_(io), queue_(queue), at_end_(at_end) {
  for (std::size_t i = 0; i < threads; ++i) threads_.push_back(quiet_thread([this] { loop(); }));
}

WorkerPool::~WorkerPool() {
  {
    const std::lock_guard guard(mutex_);
    stopping_ = true;
  }
  changed_.notify_all();
  for (std::thread& thread : threads_) thread.join();
  *alive_ = false;
}

void WorkerPool::post_results() {
  if (std::exchange(posted_, true)) return;
  boost::asio::post(io_, [this, alive = alive_] {
    if (!*alive) return;
    {
      const std::lock_guard guard(mutex_);
      posted_ = false;
    }
    queue_.hand_back();
  });
}

void WorkerPool::loop() {
  std::unique_lock<std::mutex> held(mutex_);
  while (true) {
    changed_.wait(held, [this] { return stopping_ || queue_.has_work(); });
    if (stopping_ && (at_end_ == AtEnd::drop || !queue_.has_work())) return;
    queue_.work(held);
  }
}

}  // namespace stp::net
