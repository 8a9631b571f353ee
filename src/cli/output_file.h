// What commands write besides downloads: standard output, and files that must not exist yet.
#pragma once

#include <sys/types.h>

#include <filesystem>
#include <string_view>

#include "core/result.h"

namespace stp::cli {

/// Why stdout can't be written: never disk_full, which is about the place of a download.
[[nodiscard]] Error stdout_error(int errno_value);

/// content::put_new_file(), synced, with an error that says what to do if something has that name.
[[nodiscard]] Status put_new_file(const std::filesystem::path& file, std::string_view contents, mode_t mode);

/// An exists error if something is called `file`.
[[nodiscard]] Status check_free(const std::filesystem::path& file);

}  // namespace stp::cli
