// DiskPool: the threads that read and write blocks, so that the network thread never touches a file.
//
// Waiting work is merged: the oldest write takes along every waiting write that follows or precedes it in the same
// file, up to kBatchBytesMax, as one gather write; neighbouring reads, which fill a buffer each, are done in file order
// by one thread, so that the kernel's read-ahead merges them. Without a backlog each job starts at once. The threads,
// and the way back in batches, are a WorkerPool's.
//
// submit_*(), pending figures and the client's calls belong to the network thread. The bytes of a job must stay where
// they are until it is handed back; it then owns its buffer again. Invariant: every submitted job is handed back
// exactly once, except those still out when the pool is destroyed.
#pragma once

#include <boost/asio/io_context.hpp>
#include <cstdint>
#include <deque>
#include <memory>
#include <mutex>
#include <vector>

#include "content/metainfo.h"
#include "content/storage.h"
#include "core/blocks.h"
#include "core/result.h"
#include "net/worker_pool.h"
#include "transfer/actions.h"
#include "wire/buffer_pool.h"

namespace stp::net {

/// A storage and the metainfo whose blocks it holds; shared by the jobs under way.
struct DiskTarget {
  std::shared_ptr<const content::Metainfo> metainfo;
  std::shared_ptr<content::Storage> storage;
};

/// Blocks from a peer, on their way to the file.
struct WriteJob {
  BlockRun run;
  wire::PooledBuffer buffer;  // owns `bytes`
  ByteSpan bytes;
};

/// Blocks wanted by a peer, on their way from the file into `bytes`.
struct ReadJob {
  transfer::PeerHandle peer;  // these two come back unchanged
  std::uint64_t tag = 0;
  BlockRun run;
  wire::PooledBuffer buffer;  // owns `bytes`
  MutableByteSpan bytes;
};

class DiskPool final : private WorkerPool::Queue {
 public:
  static constexpr std::size_t kBatchBytesMax = 2 * 1024 * 1024;
  static constexpr std::size_t kBatchJobsMax = 256;

  /// Called on the network thread.
  class Client {
   public:
    virtual ~Client() = default;
    virtual void on_written(WriteJob job, const Status& status) = 0;
    virtual void on_read(ReadJob job, const Status& status) = 0;
    /// After the last call of a batch.
    virtual void on_disk_batch_done() = 0;
  };

  /// The destructor waits for running system calls; waiting work is dropped.
  DiskPool(boost::asio::io_context& io, Client& client, std::size_t threads)
      : client_(client), pool_(io, *this, threads, WorkerPool::AtEnd::drop) {}
  DiskPool(const DiskPool&) = delete;
  DiskPool& operator=(const DiskPool&) = delete;

  void submit_write(const DiskTarget& target, WriteJob job);
  void submit_read(const DiskTarget& target, ReadJob job);

  /// Jobs submitted and not handed back yet; each has a buffer.
  [[nodiscard]] std::size_t pending_writes() const { return pending_writes_; }
  [[nodiscard]] std::size_t pending_reads() const { return pending_reads_; }

 private:
  template <class Job>
  struct Waiting {
    DiskTarget target;
    content::FilePosition position;
    Job job;
    [[nodiscard]] bool precedes(const Waiting& other) const;
  };
  template <class Job>
  struct Finished {
    Job job;
    Status status;
  };
  template <class Job>
  static std::vector<Waiting<Job>> take_batch(std::deque<Waiting<Job>>& queue);

  [[nodiscard]] bool has_work() const override { return !writes_.empty() || !reads_.empty(); }
  void work(std::unique_lock<std::mutex>& lock) override;
  void hand_back() override;
  void write(std::vector<Waiting<WriteJob>> batch);
  void read(std::vector<Waiting<ReadJob>> batch);

  Client& client_;
  std::size_t pending_writes_ = 0;  // network thread only
  std::size_t pending_reads_ = 0;   // network thread only

  // Under the pool's lock.
  std::deque<Waiting<WriteJob>> writes_;
  std::deque<Waiting<ReadJob>> reads_;
  std::vector<Finished<WriteJob>> written_;
  std::vector<Finished<ReadJob>> read_;
  bool write_next_ = false;  // reads and writes take turns

  WorkerPool pool_;
};

}  // namespace stp::net
