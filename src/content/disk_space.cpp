#include "content/disk_space.h"

#include <sys/statvfs.h>

#include <algorithm>

#include "content/path_rules.h"
#include "core/units.h"

namespace stp::content {

std::int64_t bytes_missing(const Metainfo& metainfo, const std::vector<bool>& wanted, const Bitfield& have) {
  std::int64_t bytes = 0;
  for (std::size_t i = 0; i < metainfo.files().size(); ++i) {
    const FileEntry& file = metainfo.files()[i];
    if (!wanted.empty() && !wanted[i]) continue;
    for (std::uint32_t c = 0; c < file.chunk_count; ++c) {
      if (have.test({file.first_chunk.value + c})) continue;
      const std::int64_t offset = std::int64_t{c} * metainfo.chunk_bytes();
      bytes += std::min<std::int64_t>(metainfo.chunk_bytes(), file.bytes - offset);
    }
  }
  return bytes;
}

Status check_space(int folder, const std::string& directory, std::int64_t bytes) {
  struct ::statvfs space {};
  if (::fstatvfs(folder, &space) != 0) return Done{};  // unknown: writing will tell
  const auto blocks_needed = static_cast<std::uint64_t>(bytes) / std::max<std::uint64_t>(space.f_frsize, 1);
  if (blocks_needed <= space.f_bavail) return Done{};
  return Error{ErrorKind::disk_full, "not enough disk space in " + display_directory(directory) + ": " +
                                         format_bytes(bytes) + " are still to come, " +
                                         format_bytes(static_cast<std::int64_t>(space.f_bavail * space.f_frsize)) +
                                         " are free; free some and run the same command again"};
}

}  // namespace stp::content
