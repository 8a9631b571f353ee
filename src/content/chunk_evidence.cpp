#include "content/chunk_evidence.h"

#include <algorithm>

#include "content/running_hashes.h"

namespace stp::content {

Result<Evidence> chunk_evidence(const std::shared_ptr<const Metainfo>& metainfo, Storage& storage, ChunkIndex chunk) {
  STP_ASSERT(metainfo->has_v1());
  constexpr std::uint32_t kStepBlocks = 4;
  RunningHashes hashes(metainfo);
  Bytes bytes(std::size_t{kStepBlocks} * kBlockBytes);
  const std::uint32_t blocks = metainfo->blocks_of(chunk);
  for (BlockRun run{chunk, 0, 0}; run.first < blocks; run.first += run.count) {
    run.count = std::min(kStepBlocks, blocks - run.first);
    const MutableByteSpan part = MutableByteSpan(bytes).first(metainfo->bytes_of(run));
    if (Status status = storage.read(run, part); !status) return status.error();
    hashes.add(run, part);
  }
  const std::optional<Evidence> evidence = hashes.take(chunk);
  STP_ASSERT(evidence.has_value());
  return *evidence;
}

}  // namespace stp::content
