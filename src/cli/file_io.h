// Small whole files: the configuration, the node key, links and .torrent files.
#pragma once

#include <sys/types.h>

#include <cstddef>
#include <filesystem>
#include <string>
#include <string_view>

#include "core/result.h"

namespace stp::cli {

/// No descriptor ends the waiting.
inline constexpr int kNoCancel = -1;

/// Reads once, at most `room` bytes, waiting for them as long as it takes; fewer come when there are fewer, none at the
/// end. An `other` error as soon as the descriptor `cancel` becomes readable; io. `name` stands in messages.
[[nodiscard]] Result<std::string> read_some(int descriptor, std::size_t room, const std::string& name,
                                            int cancel = kNoCancel);

/// Everything that an open descriptor still gives; a limit error past `bytes_max`. Otherwise as read_some().
[[nodiscard]] Result<std::string> read_all(int descriptor, std::size_t bytes_max, const std::string& name,
                                           int cancel = kNoCancel);

/// The whole file, also what a pipe with a name gives. not_found, denied, and as read_all().
[[nodiscard]] Result<std::string> read_small_file(const std::filesystem::path& file, std::size_t bytes_max,
                                                  int cancel = kNoCancel);

/// Writes `contents` into a file beside `file`, flushes it to the disk and renames it, so that `file` is always whole.
[[nodiscard]] Status replace_file(const std::filesystem::path& file, std::string_view contents, mode_t mode);

/// The same for a file that must not be there yet: an exists error when something has that name, even a dangling link
/// or a device; nothing is replaced.
[[nodiscard]] Status put_new_file(const std::filesystem::path& file, std::string_view contents, mode_t mode);

/// An exists error when something is called `file`.
[[nodiscard]] Status check_free(const std::filesystem::path& file);

/// Why stdout can't be written: never disk_full, which is about the place of a download.
[[nodiscard]] Error stdout_error(int errno_value);

/// All of `bytes` to `descriptor`, waiting where needed; false when that failed (errno says why).
[[nodiscard]] bool write_all(int descriptor, std::string_view bytes);

}  // namespace stp::cli
