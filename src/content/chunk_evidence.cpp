#include "content/chunk_evidence.h"

#include <algorithm>

#include "content/chunk_digester.h"

namespace stp::content {

Result<Evidence> chunk_evidence(const Metainfo& metainfo, Storage& storage, ChunkIndex chunk) {
  STP_ASSERT(metainfo.has_v1());
  constexpr auto kStepBlocks = static_cast<std::uint32_t>(ChunkDigester::kStepBytes / kBlockBytes);
  ChunkDigester digester(metainfo.layout(), {.merkle = false, .sha1 = true});
  digester.begin(chunk, 1);
  Bytes bytes(ChunkDigester::kStepBytes);
  const std::uint32_t blocks = metainfo.blocks_of(chunk);
  for (BlockRun run{chunk, 0, 0}; run.first < blocks; run.first += run.count) {
    run.count = std::min(kStepBlocks, blocks - run.first);
    const MutableByteSpan part = MutableByteSpan(bytes).first(metainfo.bytes_of(run));
    if (Status status = storage.read(run, part); !status) return status.error();
    digester.feed(part);
  }
  return Proof::weigh(metainfo, chunk, digester.outcomes().front().digest);
}

}  // namespace stp::content
