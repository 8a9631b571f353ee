// WorkerPool: threads that take work from a queue and hand the results back to the network thread, with one post for
// all that have finished meanwhile. DiskPool and TaskPool are queues on it.
//
// Content hashing does not use it: content/parallel_hasher.h works below the network layer, blocks its caller and
// shares one job among all its threads. Name lookups do not either: they can't be waited for (net/resolver.h).
//
// The queue and the results belong to the owner and are guarded by lock(). The constructor, the destructor and
// Queue::hand_back() belong to the network thread.
#pragma once

#include <boost/asio/io_context.hpp>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

namespace stp::net {

class WorkerPool {
 public:
  /// The work of a pool, provided by its owner.
  class Queue {
   public:
    virtual ~Queue() = default;
    /// Whether work is waiting. Called with the lock held.
    [[nodiscard]] virtual bool has_work() const = 0;
    /// Takes some of the work and does it, on any thread. Called with the lock held; releases it meanwhile, and holds
    /// it again when it puts results where hand_back() finds them and calls post_results(), and when it returns.
    virtual void work(std::unique_lock<std::mutex>& lock) = 0;
    /// Results were posted. Called on the network thread, without the lock; may destroy the pool.
    virtual void hand_back() = 0;
  };
  /// What the destructor does with waiting work. Running work is always waited for.
  enum class AtEnd : std::uint8_t { drop, finish };

  /// The queue must be complete: a pool is the last member of its owner.
  WorkerPool(boost::asio::io_context& io, Queue& queue, std::size_t threads, AtEnd at_end);
  /// hand_back() is never called again.
  ~WorkerPool();
  WorkerPool(const WorkerPool&) = delete;
  WorkerPool& operator=(const WorkerPool&) = delete;

  [[nodiscard]] std::unique_lock<std::mutex> lock() const { return std::unique_lock(mutex_); }
  /// Work was put into the queue. Preferably called without the lock.
  void wake_one() { changed_.notify_one(); }
  /// Makes the network thread call hand_back() soon. Call it with the lock held.
  void post_results();

 private:
  void loop();

  boost::asio::io_context& io_;
  Queue& queue_;
  const AtEnd at_end_;
  std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);  // network thread only
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  bool posted_ = false;    // under mutex_
  bool stopping_ = false;  // under mutex_
  std::vector<std::thread> threads_;
};

}  // namespace stp::net
