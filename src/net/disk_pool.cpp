#include "net/disk_pool.h"

#include <utility>

#include "core/bytes.h"

namespace stp::net {

void DiskPool::submit_write(const DiskTarget& target, WriteJob job) {
  ++pending_writes_;
  const content::FilePosition position = content::locate(*target.metainfo, job.run, job.bytes.size());
  {
    const auto lock = pool_.lock();
    writes_.push_back({target, position, std::move(job)});
  }
  pool_.wake_one();
}

void DiskPool::submit_read(const DiskTarget& target, ReadJob job) {
  ++pending_reads_;
  const content::FilePosition position = content::locate(*target.metainfo, job.run, job.bytes.size());
  {
    const auto lock = pool_.lock();
    reads_.push_back({target, position, std::move(job)});
  }
  pool_.wake_one();
}

template <class Job>
bool DiskPool::Waiting<Job>::precedes(const Waiting& other) const {
  return target.storage == other.target.storage && position.file == other.position.file &&
         position.offset + static_cast<std::int64_t>(job.bytes.size()) == other.position.offset;
}

// The oldest job and all its neighbours in the file, in file order. The queue is short (its bytes are bounded), so
// looking through it costs less than the system call that is saved.
template <class Job>
std::vector<DiskPool::Waiting<Job>> DiskPool::take_batch(std::deque<Waiting<Job>>& queue) {
  std::deque<Waiting<Job>> batch;
  batch.push_back(std::move(queue.front()));
  queue.pop_front();
  std::size_t bytes = batch.front().job.bytes.size();
  for (bool grown = true; grown && !queue.empty();) {
    grown = false;
    for (auto waiting = queue.begin(); waiting != queue.end();) {
      const bool fits = bytes + waiting->job.bytes.size() <= kBatchBytesMax && batch.size() < kBatchJobsMax;
      const bool after = fits && batch.back().precedes(*waiting);
      const bool before = fits && !after && waiting->precedes(batch.front());
      if (!after && !before) {
        ++waiting;
        continue;
      }
      bytes += waiting->job.bytes.size();
      if (after) {
        batch.push_back(std::move(*waiting));
      } else {
        batch.push_front(std::move(*waiting));
      }
      waiting = queue.erase(waiting);
      grown = true;
    }
  }
  return {std::make_move_iterator(batch.begin()), std::make_move_iterator(batch.end())};
}

void DiskPool::work(std::unique_lock<std::mutex>& lock) {
  const bool take_write = reads_.empty() || (write_next_ && !writes_.empty());
  write_next_ = !take_write;
  if (take_write) {
    std::vector<Waiting<WriteJob>> batch = take_batch(writes_);
    lock.unlock();
    write(std::move(batch));
  } else {
    std::vector<Waiting<ReadJob>> batch = take_batch(reads_);
    lock.unlock();
    read(std::move(batch));
  }
  lock.lock();
}

void DiskPool::write(std::vector<Waiting<WriteJob>> batch) {
  std::vector<ByteSpan> buffers;
  buffers.reserve(batch.size());
  for (const Waiting<WriteJob>& waiting : batch) buffers.push_back(waiting.job.bytes);
  // One failure fails all: how much reached the file is unknown, and it is fetched again.
  const Status status = batch.front().target.storage->write(batch.front().job.run, buffers);

  const auto lock = pool_.lock();
  for (Waiting<WriteJob>& waiting : batch) written_.push_back({std::move(waiting.job), status});
  pool_.post_results();
}

void DiskPool::read(std::vector<Waiting<ReadJob>> batch) {
  for (Waiting<ReadJob>& waiting : batch) {
    const Status status = waiting.target.storage->read(waiting.job.run, waiting.job.bytes);
    const auto lock = pool_.lock();
    read_.push_back({std::move(waiting.job), status});
    pool_.post_results();
  }
}

void DiskPool::hand_back() {
  std::vector<Finished<WriteJob>> written;
  std::vector<Finished<ReadJob>> read;
  {
    const auto lock = pool_.lock();
    written.swap(written_);
    read.swap(read_);
  }
  pending_writes_ -= written.size();
  pending_reads_ -= read.size();
  for (Finished<WriteJob>& finished : written) client_.on_written(std::move(finished.job), finished.status);
  for (Finished<ReadJob>& finished : read) client_.on_read(std::move(finished.job), finished.status);
  client_.on_disk_batch_done();
}

}  // namespace stp::net
