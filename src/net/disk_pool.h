// DiskPool: the threads that read and write blocks of all shares and hash whole chunks of them, so that the network
// thread never touches a file, and the bound on how many buffers wait for them.
//
// Waiting work is merged: the oldest write takes along every waiting write that follows or precedes it in the same
// file, up to kBatchBytesMax, as one gather write; neighbouring reads, which fill a buffer each, are done in file order
// by one thread, so that the kernel's read-ahead merges them. Without a backlog each job starts at once. The threads,
// and the way back in batches, are a WorkerPool's.
//
// At most kWritesMax and kReadsMax buffers are out, of all clients together. A client may take all of them while no
// other wants any; otherwise an equal part, so that one busy share does not stop the others. One that was refused is
// told when to ask again (on_disk_room).
//
// submit_*(), may_*(), pending figures and the clients' calls belong to the network thread. The bytes of a job must
// stay where they are until it is handed back; it then owns its buffer again. Invariant: every submitted job is handed
// back exactly once, except those still out when its client leaves or the pool is destroyed.
#pragma once

#include <boost/asio/io_context.hpp>
#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <vector>

#include "content/metainfo.h"
#include "content/proof.h"
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
  /// Received data waiting for the disk.
  static constexpr std::size_t kWritesMax = 64;
  /// Buffers that are being read into.
  static constexpr std::size_t kReadsMax = 48;
  static_assert((kWritesMax + kReadsMax) * wire::kBufferBytes <= 32 * 1024 * 1024);

  using ClientId = std::uint32_t;
  /// Called on the network thread. None of the calls may end a client's membership, except on_disk_turn_end().
  class Client {
   public:
    virtual ~Client() = default;
    virtual void on_written(WriteJob job, const Status& status) = 0;
    virtual void on_read(ReadJob job, const Status& status) = 0;
    virtual void on_hashed(ChunkIndex chunk, const Result<content::Evidence>& evidence) = 0;
    /// may_write() or may_read() refused, and may not do so any more.
    virtual void on_disk_room() = 0;
    /// After one or more of the calls above.
    virtual void on_disk_turn_end() = 0;
  };

  /// The destructor waits for running system calls; waiting work is dropped.
  DiskPool(boost::asio::io_context& io, std::size_t threads) : pool_(io, *this, threads, WorkerPool::AtEnd::drop) {}
  ~DiskPool() override { *alive_ = false; }
  DiskPool(const DiskPool&) = delete;
  DiskPool& operator=(const DiskPool&) = delete;

  [[nodiscard]] ClientId join(Client& client);
  /// Its jobs are still done, but not handed back.
  void leave(ClientId id);

  void submit_write(ClientId client, const DiskTarget& target, WriteJob job);
  void submit_read(ClientId client, const DiskTarget& target, ReadJob job);
  /// Reads the whole chunk, in steps, and hashes it (content/chunk_evidence.h). Needs no buffer of the pool's room: the
  /// client bounds how many it has out.
  void submit_hash(ClientId client, const DiskTarget& target, ChunkIndex chunk);

  /// Whether the client should submit another one now; if not, on_disk_room() follows.
  [[nodiscard]] bool may_write(ClientId client);
  [[nodiscard]] bool may_read(ClientId client);

  /// Jobs of the client submitted and not handed back yet; each has a buffer.
  [[nodiscard]] std::size_t pending_writes(ClientId client) const { return clients_.at(client).writes.out; }
  [[nodiscard]] std::size_t pending_hashes(ClientId client) const { return clients_.at(client).hashes_out; }

 private:
  /// The jobs of one kind that a client has out, and whether it wants more.
  struct Use {
    std::size_t out = 0;
    bool refused = false;
  };
  struct Member {
    Client* client = nullptr;  // null: it has left, and its jobs have not come back
    Use writes;
    Use reads;
    std::size_t hashes_out = 0;
    [[nodiscard]] bool has_any_out() const { return writes.out + reads.out + hashes_out > 0; }
  };
  /// The buffers of one kind.
  struct Room {
    std::size_t max = 0;
    std::size_t out = 0;    // of all clients
    std::size_t users = 0;  // clients with some out, or refused
  };
  template <class Job>
  struct Waiting {
    ClientId client = 0;
    DiskTarget target;
    std::int64_t position = 0;  // in the layout
    Job job;
    [[nodiscard]] bool precedes(const Waiting& other) const;
  };
  template <class Job>
  struct Finished {
    ClientId client = 0;
    Job job;
    Status status;
  };
  struct WaitingHash {
    ClientId client = 0;
    DiskTarget target;
    ChunkIndex chunk;
  };
  struct Hashed {
    ClientId client = 0;
    ChunkIndex chunk;
    Result<content::Evidence> evidence;
  };
  template <class Job>
  static std::vector<Waiting<Job>> take_batch(std::deque<Waiting<Job>>& queue);

  [[nodiscard]] bool has_work() const override { return !writes_.empty() || !reads_.empty() || !hashes_.empty(); }
  void work(std::unique_lock<std::mutex>& lock) override;
  void hand_back() override;
  void write(std::vector<Waiting<WriteJob>> batch);
  void read(std::vector<Waiting<ReadJob>> batch);
  void hash(const WaitingHash& waiting);
  [[nodiscard]] bool may_take(ClientId client, Room& room, Use& use);
  static void take(Room& room, Use& use);
  static void give_back(Room& room, Use& use);
  /// Takes the client's refusal back; returns whether there was one.
  static bool end_refusal(Room& room, Use& use);
  /// The clients that were refused and need not be any more, in the order in which they should be told.
  [[nodiscard]] std::vector<ClientId> end_refusals();

  // Network thread only.
  std::map<ClientId, Member> clients_;
  ClientId last_client_ = 0;
  std::set<ClientId> refused_;  // those with a refusal of either kind
  ClientId last_told_ = 0;      // the first that was told of room the last time
  Room write_room_{kWritesMax, 0, 0};
  Room read_room_{kReadsMax, 0, 0};
  std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);

  // Under the pool's lock.
  std::deque<Waiting<WriteJob>> writes_;
  std::deque<Waiting<ReadJob>> reads_;
  std::vector<Finished<WriteJob>> written_;
  std::vector<Finished<ReadJob>> read_;
  std::deque<WaitingHash> hashes_;
  std::vector<Hashed> hashed_;
  bool write_next_ = false;  // reads and writes take turns
  bool hash_next_ = false;   // so do they and hashes

  WorkerPool pool_;
};

}  // namespace stp::net
