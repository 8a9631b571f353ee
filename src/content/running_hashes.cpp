#include "content/running_hashes.h"

#include <algorithm>

#include "content/chunk_digester.h"
#include "core/result.h"

namespace stp::content {

void RunningHashes::add(const BlockRun& run, ByteSpan bytes) {
  STP_ASSERT(metainfo_->has_v1() && bytes.size() == metainfo_->bytes_of(run));
  if (run.first == 0) {
    running_.erase(run.chunk);
    if (running_.size() == kChunksMax) return;
    running_.emplace(run.chunk, Running{});
  }
  const auto running = running_.find(run.chunk);
  if (running == running_.end()) return;
  if (running->second.blocks != run.first) return forget(run.chunk);
  running->second.sha1.update(bytes);
  running->second.blocks += run.count;
}

std::optional<Evidence> RunningHashes::take(ChunkIndex chunk) {
  const auto running = running_.find(chunk);
  if (running == running_.end()) return std::nullopt;
  Running all = std::move(running->second);
  running_.erase(running);
  if (all.blocks != metainfo_->blocks_of(chunk)) return std::nullopt;
  for (std::size_t rest = metainfo_->layout().zeros_after(chunk); rest > 0;) {
    const std::size_t part = std::min(rest, ChunkDigester::kStepBytes);
    all.sha1.update(ChunkDigester::zeros().first(part));
    rest -= part;
  }
  ChunkDigest digest;
  digest.sha1.bytes = all.sha1.finish();
  return Proof::weigh(*metainfo_, chunk, digest);
}

}  // namespace stp::content
