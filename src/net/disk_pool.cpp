#include "net/disk_pool.h"

#include <utility>

#include "content/chunk_evidence.h"
#include "core/bytes.h"

namespace stp::net {

DiskPool::ClientId DiskPool::join(Client& client) {
  clients_[++last_client_].client = &client;
  return last_client_;
}

void DiskPool::leave(ClientId id) {
  Member& member = clients_.at(id);
  member.client = nullptr;
  (void)end_refusal(write_room_, member.writes);
  (void)end_refusal(read_room_, member.reads);
  refused_.erase(id);
  if (!member.has_any_out()) clients_.erase(id);
}

// --- room

bool DiskPool::may_take(ClientId client, Room& room, Use& use) {
  const std::size_t users = room.users + (use.out == 0 && !use.refused ? 1 : 0);
  const std::size_t part = (room.max + users - 1) / users;
  if (room.out < room.max && use.out < part) return true;
  if (use.out == 0 && !use.refused) ++room.users;
  use.refused = true;
  refused_.insert(client);
  return false;
}

void DiskPool::take(Room& room, Use& use) {
  if (use.out == 0 && !use.refused) ++room.users;
  ++room.out;
  ++use.out;
}

void DiskPool::give_back(Room& room, Use& use) {
  --room.out;
  --use.out;
  if (use.out == 0 && !use.refused) --room.users;
}

bool DiskPool::end_refusal(Room& room, Use& use) {
  if (!std::exchange(use.refused, false)) return false;
  if (use.out == 0) --room.users;
  return true;
}

bool DiskPool::may_write(ClientId client) {
  return may_take(client, write_room_, clients_.at(client).writes);
}

bool DiskPool::may_read(ClientId client) {
  return may_take(client, read_room_, clients_.at(client).reads);
}

// Writes from half full on, so that not every single buffer causes a round of questions. In turn, as the first may take
// all.
std::vector<DiskPool::ClientId> DiskPool::end_refusals() {
  const bool writes = write_room_.out <= write_room_.max / 2;
  const bool reads = read_room_.out < read_room_.max;
  std::vector<ClientId> ended;
  std::vector<ClientId> later;
  std::erase_if(refused_, [&](ClientId id) {
    Member& member = clients_.at(id);
    const bool write = writes && end_refusal(write_room_, member.writes);
    const bool read = reads && end_refusal(read_room_, member.reads);
    if (write || read) (id > last_told_ ? ended : later).push_back(id);
    return !member.writes.refused && !member.reads.refused;
  });
  ended.insert(ended.end(), later.begin(), later.end());
  if (!ended.empty()) last_told_ = ended.front();
  return ended;
}

// --- jobs

void DiskPool::submit_write(ClientId client, const DiskTarget& target, WriteJob job) {
  take(write_room_, clients_.at(client).writes);
  const std::int64_t position = target.metainfo->layout().position(job.run);
  {
    const auto lock = pool_.lock();
    writes_.push_back({client, target, position, std::move(job)});
  }
  pool_.wake_one();
}

void DiskPool::submit_read(ClientId client, const DiskTarget& target, ReadJob job) {
  take(read_room_, clients_.at(client).reads);
  const std::int64_t position = target.metainfo->layout().position(job.run);
  {
    const auto lock = pool_.lock();
    reads_.push_back({client, target, position, std::move(job)});
  }
  pool_.wake_one();
}

void DiskPool::submit_hash(ClientId client, const DiskTarget& target, ChunkIndex chunk) {
  ++clients_.at(client).hashes_out;
  {
    const auto lock = pool_.lock();
    hashes_.push_back({client, target, chunk});
  }
  pool_.wake_one();
}

template <class Job>
bool DiskPool::Waiting<Job>::precedes(const Waiting& other) const {
  return target.storage == other.target.storage &&
         position + static_cast<std::int64_t>(job.bytes.size()) == other.position;
}

// The oldest job and all its neighbours in the layout, in that order. The queue is short (its bytes are bounded), so
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
  hash_next_ = !hash_next_ || (reads_.empty() && writes_.empty());
  if (hash_next_ && !hashes_.empty()) {
    const WaitingHash waiting = std::move(hashes_.front());
    hashes_.pop_front();
    lock.unlock();
    hash(waiting);
    lock.lock();
    return;
  }
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
  for (Waiting<WriteJob>& waiting : batch) written_.push_back({waiting.client, std::move(waiting.job), status});
  pool_.post_results();
}

void DiskPool::read(std::vector<Waiting<ReadJob>> batch) {
  for (Waiting<ReadJob>& waiting : batch) {
    const Status status = waiting.target.storage->read(waiting.job.run, waiting.job.bytes);
    const auto lock = pool_.lock();
    read_.push_back({waiting.client, std::move(waiting.job), status});
    pool_.post_results();
  }
}

void DiskPool::hash(const WaitingHash& waiting) {
  Result<content::Evidence> evidence =
      content::chunk_evidence(waiting.target.metainfo, *waiting.target.storage, waiting.chunk);
  const auto lock = pool_.lock();
  hashed_.push_back({waiting.client, waiting.chunk, std::move(evidence)});
  pool_.post_results();
}

void DiskPool::hand_back() {
  std::vector<Finished<WriteJob>> written;
  std::vector<Finished<ReadJob>> read;
  std::vector<Hashed> hashed;
  {
    const auto lock = pool_.lock();
    written.swap(written_);
    read.swap(read_);
    hashed.swap(hashed_);
  }
  std::set<ClientId> concerned;
  for (Finished<WriteJob>& finished : written) {
    Member& member = clients_.at(finished.client);
    give_back(write_room_, member.writes);
    concerned.insert(finished.client);
    if (member.client != nullptr) member.client->on_written(std::move(finished.job), finished.status);
  }
  for (Finished<ReadJob>& finished : read) {
    Member& member = clients_.at(finished.client);
    give_back(read_room_, member.reads);
    concerned.insert(finished.client);
    if (member.client != nullptr) member.client->on_read(std::move(finished.job), finished.status);
  }
  for (const Hashed& finished : hashed) {
    Member& member = clients_.at(finished.client);
    --member.hashes_out;
    concerned.insert(finished.client);
    if (member.client != nullptr) member.client->on_hashed(finished.chunk, finished.evidence);
  }
  for (const ClientId id : end_refusals()) {
    if (Client* const client = clients_.at(id).client) client->on_disk_room();
    concerned.insert(id);
  }
  // The end of a turn may end everything, including this object.
  const std::shared_ptr<bool> alive = alive_;
  for (const ClientId id : concerned) {
    if (!*alive) return;
    const auto found = clients_.find(id);
    if (found == clients_.end()) continue;
    if (found->second.client != nullptr) {
      found->second.client->on_disk_turn_end();
    } else if (!found->second.has_any_out()) {
      clients_.erase(found);
    }
  }
}

}  // namespace stp::net
