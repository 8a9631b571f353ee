#include "transfer/hash_fetch.h"

#include <algorithm>

#include "content/merkle.h"

namespace stp::transfer {
namespace {

constexpr std::uint32_t kLeafTriesMax = 3;
// A peer that refuses may have the hashes soon, or never: the pauses double, but all are shorter than leaves are waited for.
constexpr Duration kUnwillingFor = std::chrono::seconds(1);
constexpr Duration kUnwillingMax = std::chrono::seconds(8);

}  // namespace

HashFetch::HashFetch(std::shared_ptr<const content::Metainfo> metainfo, const FetchConfig& config)
    : metainfo_(std::move(metainfo)), config_(config) {}

void HashFetch::want_layers(const content::ChunkHashes& hashes) {
  const std::uint32_t layer = content::chunk_layer(metainfo_->chunk_bytes());
  for (std::size_t i = 0; i < metainfo_->files().size(); ++i) {
    const content::FileEntry& file = metainfo_->files()[i];
    if (file.chunk_count < 2) continue;
    const std::uint64_t width = content::tree_width(file.chunk_count);
    const auto count = static_cast<std::uint32_t>(std::min<std::uint64_t>(width, kLayerHashesPerRequest));
    for (std::uint32_t first = 0; first < file.chunk_count; first += count) {
      if (hashes.known(ChunkIndex{file.first_chunk.value + first})) continue;
      Task task;
      task.request = {file.root, layer, first, count, content::layers_above(width / count)};
      task.file = i;
      waiting_.push_back(std::move(task));
    }
  }
}

void HashFetch::forget_layers() {
  std::erase_if(waiting_, [](const Task& task) { return !task.leaves_of; });
}

void HashFetch::want_leaves(ChunkIndex chunk, Instant now) {
  const std::size_t file = metainfo_->file_of(chunk);
  const content::FileEntry& entry = metainfo_->files()[file];
  // A file of one chunk has a tree no wider than its blocks need; otherwise every chunk is a full subtree.
  const std::uint64_t width = entry.chunk_count == 1 ? content::tree_width(metainfo_->blocks_of(chunk))
                                                     : metainfo_->chunk_bytes() / kBlockBytes;
  const auto index = static_cast<std::uint32_t>(metainfo_->file_offset(chunk) / kBlockBytes);
  Task task;
  task.request = {entry.root, 0, index, static_cast<std::uint32_t>(width), 0};
  task.file = file;
  task.leaves_of = chunk;
  task.give_up_at = now + config_.timeout;
  waiting_.push_front(std::move(task));
}

std::optional<wire::HashRequest> HashFetch::next_for(PeerHandle peer, const Bitfield* has, Instant now) {
  if (waiting_.empty()) return std::nullopt;
  const auto unwilling = unwilling_.find(peer);
  if (unwilling != unwilling_.end() && unwilling->second.until && now < *unwilling->second.until) return std::nullopt;
  const auto mine = std::count_if(asked_.begin(), asked_.end(), [&](const Asked& a) { return a.peer == peer; });
  if (mine >= std::ptrdiff_t{config_.hash_requests}) return std::nullopt;
  const auto can = [&](const Task& task) {
    return !task.leaves_of || (has != nullptr && has->size() > task.leaves_of->value && has->test(*task.leaves_of));
  };
  const auto task = std::find_if(waiting_.begin(), waiting_.end(), can);
  if (task == waiting_.end()) return std::nullopt;
  const wire::HashRequest request = task->request;
  asked_.push_back({std::move(*task), peer, now + config_.timeout, now + config_.timeout_max});
  waiting_.erase(task);
  return request;
}

HashFetch::Answer HashFetch::handle_hashes(PeerHandle peer, const wire::Hashes& answer, content::ChunkHashes& hashes) {
  const auto found = std::find_if(asked_.begin(), asked_.end(), [&](const Asked& asked) {
    return asked.peer == peer && asked.task.request == answer.request;
  });
  if (found == asked_.end()) return Unasked{};
  Task task = std::move(found->task);
  asked_.erase(found);
  unwilling_.erase(peer);

  const std::span<const Hash256> all(answer.hashes);
  const std::uint32_t count = task.request.count;
  if (all.size() >= count && !task.leaves_of) {
    if (hashes.add_proven(task.file, task.request.index, all.first(count), all.subspan(count))) return Learned{};
  } else if (all.size() == count) {
    const std::span<const Hash256> leaves = all.first(metainfo_->blocks_of(*task.leaves_of));
    if (hashes.matches(*task.leaves_of, leaves)) return Leaves{*task.leaves_of, {leaves.begin(), leaves.end()}};
  }
  put_back(std::move(task));
  return Wrong{};
}

void HashFetch::put_back(Task task) {
  if (task.leaves_of && ++task.tries >= kLeafTriesMax) {
    given_up_.push_back(*task.leaves_of);
    return;
  }
  waiting_.push_front(std::move(task));
}

void HashFetch::leave_alone(PeerHandle peer, Duration at_least, Instant now) {
  Unwilling& unwilling = unwilling_[peer];
  if (unwilling.until && now < *unwilling.until) {  // it was asked before the pause began
    unwilling.until = std::max(*unwilling.until, now + at_least);
    return;
  }
  unwilling.pause = std::max(at_least, std::min(2 * unwilling.pause, kUnwillingMax));
  unwilling.until = now + unwilling.pause;
}

void HashFetch::handle_reject(PeerHandle peer, const wire::HashRequest& request, Instant now) {
  const auto found = std::find_if(asked_.begin(), asked_.end(), [&](const Asked& asked) {
    return asked.peer == peer && asked.task.request == request;
  });
  if (found == asked_.end()) return;
  leave_alone(peer, kUnwillingFor, now);
  Task task = std::move(found->task);
  asked_.erase(found);
  put_back(std::move(task));
}

void HashFetch::remove_peer(PeerHandle peer) {
  unwilling_.erase(peer);
  for (std::size_t i = asked_.size(); i-- > 0;) {
    if (asked_[i].peer != peer) continue;
    Task task = std::move(asked_[i].task);
    asked_.erase(asked_.begin() + static_cast<std::ptrdiff_t>(i));
    put_back(std::move(task));
  }
}

void HashFetch::handle_progress(PeerHandle peer, Instant now) {
  for (Asked& asked : asked_) {
    if (asked.peer == peer) asked.deadline = earlier(now + config_.timeout, asked.deadline_max);
  }
}

void HashFetch::handle_timeout(Instant now) {
  for (std::size_t i = asked_.size(); i-- > 0;) {
    if (now < asked_[i].deadline) continue;
    leave_alone(asked_[i].peer, config_.timeout, now);
    Task task = std::move(asked_[i].task);
    asked_.erase(asked_.begin() + static_cast<std::ptrdiff_t>(i));
    put_back(std::move(task));
  }
  for (auto& [peer, unwilling] : unwilling_) {
    if (unwilling.until && *unwilling.until <= now) unwilling.until.reset();
  }
  std::erase_if(waiting_, [&](const Task& task) {
    if (now < task.give_up_at) return false;
    given_up_.push_back(*task.leaves_of);
    return true;
  });
}

std::optional<Instant> HashFetch::next_timeout() const {
  std::optional<Instant> next;
  for (const Asked& asked : asked_) next = next ? earlier(*next, asked.deadline) : asked.deadline;
  // Work that every peer has refused is offered again when the first refusal expires.
  if (!waiting_.empty()) {
    for (const auto& [peer, unwilling] : unwilling_) {
      if (unwilling.until) next = next ? earlier(*next, *unwilling.until) : *unwilling.until;
    }
  }
  for (const Task& task : waiting_) {
    if (task.leaves_of) next = next ? earlier(*next, task.give_up_at) : task.give_up_at;
  }
  return next;
}

std::optional<ChunkIndex> HashFetch::poll_given_up() {
  if (given_up_.empty()) return std::nullopt;
  const ChunkIndex chunk = given_up_.front();
  given_up_.pop_front();
  return chunk;
}

}  // namespace stp::transfer
