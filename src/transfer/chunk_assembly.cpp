#include "transfer/chunk_assembly.h"

#include <algorithm>

#include "core/result.h"

namespace stp::transfer {

PartialChunk& ChunkAssembly::begin(ChunkIndex chunk, std::uint32_t blocks) {
  const auto [entry, inserted] = chunks_.try_emplace(chunk);
  STP_ASSERT(inserted && blocks > 0);
  PartialChunk& partial = entry->second;
  partial.blocks.resize(blocks);
  partial.leaves.resize(blocks);
  partial.free = blocks;
  open_.push_back(chunk);
  return partial;
}

void ChunkAssembly::erase(ChunkIndex chunk) {
  chunks_.erase(chunk);
  open_.erase(std::remove(open_.begin(), open_.end(), chunk), open_.end());
}

PartialChunk* ChunkAssembly::find(ChunkIndex chunk) {
  const auto found = chunks_.find(chunk);
  return found == chunks_.end() ? nullptr : &found->second;
}

void ChunkAssembly::update_open(ChunkIndex chunk, const PartialChunk& partial) {
  const auto at = std::find(open_.begin(), open_.end(), chunk);
  if (partial.free > 0 && at == open_.end()) open_.push_back(chunk);
  if (partial.free == 0 && at != open_.end()) open_.erase(at);
}

BlockRun ChunkAssembly::take_free(ChunkIndex chunk, std::uint32_t count_max) {
  PartialChunk& partial = chunks_.at(chunk);
  STP_ASSERT(partial.free > 0 && count_max > 0);
  const auto is_free = [](const Block& block) { return block.state == BlockState::free; };
  auto at = std::find_if(partial.blocks.begin(), partial.blocks.end(), is_free);
  BlockRun run{chunk, static_cast<std::uint32_t>(at - partial.blocks.begin()), 0};
  for (; at != partial.blocks.end() && run.count < count_max && is_free(*at); ++at, ++run.count) {
    at->state = BlockState::requested;
    at->copies = 1;
  }
  partial.free -= run.count;
  update_open(chunk, partial);
  return run;
}

void ChunkAssembly::request_again(const BlockRun& run) {
  PartialChunk& partial = chunks_.at(run.chunk);
  for (std::uint32_t i = run.first; i < run.first + run.count; ++i) {
    STP_ASSERT(partial.blocks[i].state == BlockState::requested);
    ++partial.blocks[i].copies;
  }
}

bool ChunkAssembly::release(const BlockRun& run) {
  PartialChunk* partial = find(run.chunk);
  if (partial == nullptr) return false;
  bool freed = false;
  for (std::uint32_t i = run.first; i < run.first + run.count; ++i) {
    Block& block = partial->blocks[i];
    if (block.copies > 0) --block.copies;
    if (block.state != BlockState::requested || block.copies > 0) continue;
    block.state = BlockState::free;
    ++partial->free;
    freed = true;
  }
  if (freed) update_open(run.chunk, *partial);
  return freed;
}

bool ChunkAssembly::receive(const BlockRun& run, std::span<const Hash256> leaves, const Contributor& from) {
  PartialChunk* partial = find(run.chunk);
  if (partial == nullptr) return false;
  const auto begin = partial->blocks.begin() + run.first;
  const auto end = begin + run.count;
  if (std::any_of(begin, end, [](const Block& block) { return block.state == BlockState::received; })) return false;

  auto contributor = std::find_if(partial->contributors.begin(), partial->contributors.end(),
                                  [&](const Contributor& known) { return known.peer == from.peer; });
  if (contributor == partial->contributors.end()) contributor = partial->contributors.insert(contributor, from);
  const auto number = static_cast<std::uint16_t>(contributor - partial->contributors.begin());
  for (auto block = begin; block != end; ++block) {
    if (block->state == BlockState::free) --partial->free;
    block->state = BlockState::received;
    block->written = false;
    block->contributor = number;
  }
  std::copy(leaves.begin(), leaves.end(), partial->leaves.begin() + run.first);
  partial->received += run.count;
  update_open(run.chunk, *partial);
  return true;
}

void ChunkAssembly::mark_written(const BlockRun& run) {
  PartialChunk* partial = find(run.chunk);
  if (partial == nullptr) return;
  for (std::uint32_t i = run.first; i < run.first + run.count; ++i) {
    Block& block = partial->blocks[i];
    if (block.state != BlockState::received || block.written) continue;
    block.written = true;
    ++partial->written;
  }
}

void ChunkAssembly::discard(const BlockRun& run) {
  PartialChunk* partial = find(run.chunk);
  if (partial == nullptr) return;
  for (std::uint32_t i = run.first; i < run.first + run.count; ++i) {
    Block& block = partial->blocks[i];
    if (block.state != BlockState::received) continue;
    if (block.written) --partial->written;
    --partial->received;
    block.written = false;
    block.state = block.copies > 0 ? BlockState::requested : BlockState::free;
    if (block.state == BlockState::free) ++partial->free;
  }
  update_open(run.chunk, *partial);
}

void ChunkAssembly::discard_attempt(ChunkIndex chunk) {
  PartialChunk& partial = chunks_.at(chunk);
  Attempt attempt{partial.leaves, {}, std::move(partial.contributors)};
  for (const Block& block : partial.blocks) attempt.senders.push_back(block.contributor);
  if (partial.attempts.size() == kAttemptsMax) partial.attempts.erase(partial.attempts.begin());
  partial.attempts.push_back(std::move(attempt));
  partial.contributors.clear();
  discard({chunk, 0, static_cast<std::uint32_t>(partial.blocks.size())});
}

std::vector<Contributor> ChunkAssembly::liars(ChunkIndex chunk) const {
  const PartialChunk& partial = chunks_.at(chunk);
  std::vector<Contributor> liars;
  for (const Attempt& attempt : partial.attempts) {
    for (std::size_t i = 0; i < attempt.leaves.size(); ++i) {
      if (attempt.leaves[i] == partial.leaves[i]) continue;
      const Contributor& sender = attempt.contributors[attempt.senders[i]];
      const auto known = [&](const Contributor& liar) { return liar.peer == sender.peer; };
      if (std::none_of(liars.begin(), liars.end(), known)) liars.push_back(sender);
    }
  }
  return liars;
}

void ChunkAssembly::check_invariants() const {
  for (const auto& [chunk, partial] : chunks_) {
    std::uint32_t free = 0;
    std::uint32_t received = 0;
    std::uint32_t written = 0;
    for (const Block& block : partial.blocks) {
      free += block.state == BlockState::free;
      received += block.state == BlockState::received;
      written += block.written;
      STP_ASSERT(block.state != BlockState::free || block.copies == 0);
      STP_ASSERT(block.state != BlockState::requested || block.copies > 0);
      STP_ASSERT(!block.written || block.state == BlockState::received);
    }
    STP_ASSERT(free == partial.free && received == partial.received && written == partial.written);
    STP_ASSERT((std::count(open_.begin(), open_.end(), chunk) == 1) == (free > 0));
    STP_ASSERT(partial.attempts.size() <= kAttemptsMax);
    STP_ASSERT(!partial.is_hashed || (partial.finished() && !partial.judged_wrong));
  }
}

}  // namespace stp::transfer
