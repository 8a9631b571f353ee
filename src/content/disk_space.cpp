#include "content/disk_space.h"

#include <fcntl.h>

#include <algorithm>
#include <optional>

#include "content/path_rules.h"
#include "content/posix_file.h"
#include "core/shown_text.h"
#include "core/units.h"

namespace stp::content {
namespace {

std::int64_t bytes_missing(const Metainfo& metainfo, const FileEntry& file, const Bitfield& have) {
  std::int64_t bytes = 0;
  for (std::uint32_t c = 0; c < file.chunk_count; ++c) {
    const ChunkIndex chunk{file.first_chunk.value + c};
    if (!have.test(chunk)) bytes += metainfo.bytes_in(file, chunk);
  }
  return bytes;
}

// Disk space that a file has; a file with holes, like a new download, has less than its length.
std::int64_t bytes_allocated(const Fd& folder, const std::string& path) {
  constexpr std::int64_t kStatBlockBytes = 512;  // stat(3type), whatever the file system's blocks are
  struct ::stat status {};
  if (folder.file_system().fstatat(folder.get(), path.c_str(), status, AT_SYMLINK_NOFOLLOW) < 0) return 0;
  if (!S_ISREG(status.st_mode)) return 0;
  return status.st_blocks * kStatBlockBytes;
}

}  // namespace

std::int64_t bytes_missing(const Metainfo& metainfo, const std::vector<bool>& wanted, const Bitfield& have) {
  std::int64_t bytes = 0;
  for (std::size_t i = 0; i < metainfo.files().size(); ++i) {
    if (wanted.empty() || wanted[i]) bytes += bytes_missing(metainfo, metainfo.files()[i], have);
  }
  return bytes;
}

Status check_space(const Fd& folder, const std::string& directory, const std::string& root, const Metainfo& metainfo,
                   const std::vector<bool>& wanted, const Bitfield& have) {
  const std::optional<std::int64_t> limit = file_bytes_limit();
  for (std::size_t i = 0; limit && i < metainfo.files().size(); ++i) {
    const FileEntry& file = metainfo.files()[i];
    if (file.bytes <= *limit || (!wanted.empty() && !wanted[i]) || bytes_missing(metainfo, file, have) == 0) continue;
    const std::string name = metainfo.is_single_file() ? metainfo.name() : join_path(file.path);
    return Error{ErrorKind::too_large, "no room for " + escaped(name) + " of " + format_bytes(file.bytes) +
                                           ": files are limited to " + format_bytes(*limit) +
                                           " (ulimit -f); raise the limit and run the same command again"};
  }
  struct ::statvfs space {};
  if (folder.file_system().fstatvfs(folder.get(), space) < 0) return Done{};  // unknown: writing will show
  std::int64_t bytes = 0;
  for (std::size_t i = 0; i < metainfo.files().size(); ++i) {
    if (!wanted.empty() && !wanted[i]) continue;
    const FileEntry& file = metainfo.files()[i];
    const std::int64_t missing = bytes_missing(metainfo, file, have);
    if (missing == 0) continue;
    const std::string path = metainfo.is_single_file() ? root : root + "/" + join_path(file.path);
    bytes += std::clamp<std::int64_t>(file.bytes - bytes_allocated(folder, path), 0, missing);
  }
  const auto blocks_needed = static_cast<std::uint64_t>(bytes) / std::max<std::uint64_t>(space.f_frsize, 1);
  if (blocks_needed <= space.f_bavail) return Done{};
  return Error{ErrorKind::disk_full, "not enough disk space in " + display_directory(directory) + ": " +
                                         format_bytes(bytes) + " are needed, " +
                                         format_bytes(static_cast<std::int64_t>(space.f_bavail * space.f_frsize)) +
                                         " are free; free some space and run the same command again"};
}

}  // namespace stp::content
