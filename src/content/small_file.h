// Small whole files by path, and inherited descriptors: configurations, keys, links, .torrent files, results, standard
// input and output.
#pragma once

#include <sys/types.h>

#include <cstddef>
#include <filesystem>
#include <string>
#include <string_view>

#include "content/posix_file.h"
#include "core/result.h"

namespace stp::content {

/// No descriptor cancels the wait.
inline constexpr int kNoCancel = -1;

/// Reads once, at most `room` bytes, waiting as long as it takes; returns fewer when there are fewer, none at the end.
/// Errors: `other` as soon as the descriptor `cancel` becomes readable; io. `name` is for messages.
[[nodiscard]] Result<std::string> read_some(int descriptor, std::size_t room, const std::string& name,
                                            int cancel = kNoCancel);

/// Everything that an open descriptor still gives; a limit error past `bytes_max`. Otherwise as read_some().
[[nodiscard]] Result<std::string> read_all(int descriptor, std::size_t bytes_max, const std::string& name,
                                           int cancel = kNoCancel);

/// The whole file, which may be a named pipe. Errors: not_found, denied, and as read_all().
[[nodiscard]] Result<std::string> read_small_file(const std::filesystem::path& file, std::size_t bytes_max,
                                                  int cancel = kNoCancel);

/// All of `bytes` to `descriptor`, waiting where necessary; false when that failed (errno says why).
[[nodiscard]] bool write_all(int descriptor, std::string_view bytes);

/// Replaces `file` with `contents` in one step (replace_file() of posix_file.h).
[[nodiscard]] Status replace_file(const std::filesystem::path& file, std::string_view contents, Sync sync,
                                  ::mode_t mode);

/// The same for a file that must not exist yet: an exists error when something has that name, even a dangling link or a
/// device; nothing is replaced.
[[nodiscard]] Status put_new_file(const std::filesystem::path& file, std::string_view contents, Sync sync,
                                  ::mode_t mode);

}  // namespace stp::content
