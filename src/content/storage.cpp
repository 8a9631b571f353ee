#include "content/storage.h"

namespace stp::content {

FilePosition locate(const Metainfo& metainfo, const BlockRun& run, std::size_t bytes) {
  STP_ASSERT(metainfo.contains(run));
  const std::size_t file = metainfo.file_of(run.chunk);
  const std::int64_t offset = metainfo.file_offset(run.chunk) + std::int64_t{run.first} * kBlockBytes;
  STP_ASSERT(bytes <= static_cast<std::uint64_t>(metainfo.files()[file].bytes - offset));
  return {file, offset};
}

}  // namespace stp::content
