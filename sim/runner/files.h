// Small whole files, and descriptors: what the runner and the command line read and write.
#pragma once

#include <cstddef>
#include <filesystem>
#include <string>
#include <string_view>

#include "core/result.h"

namespace stp::sim {

/// The whole file. Errors name it: not_found, denied, io, or limit when it is longer than `bytes_max`.
[[nodiscard]] Result<std::string> read_file(const std::filesystem::path& file, std::size_t bytes_max);

/// Writes `contents` into a file beside `file` and renames it, so that `file` is always whole.
[[nodiscard]] Status replace_file(const std::filesystem::path& file, std::string_view contents);

/// All of `bytes` to `descriptor`; false when that failed (errno says why).
[[nodiscard]] bool write_all(int descriptor, std::string_view bytes);

/// "PATH: No such file or directory", with the kind that fits errno.
[[nodiscard]] Error file_error(const std::filesystem::path& file, int error_number);

}  // namespace stp::sim
