// The checks of `stp doctor` that need no network: directories, and limits of the system.
#pragma once

#include <filesystem>
#include <string>

#include "cli/finding.h"

namespace stp::cli {

/// Less free space than this is a reason to warn.
inline constexpr std::uintmax_t kFreeBytesMin = 256 * 1024 * 1024;

/// Whether files can be written to `directory` and reach the disk; what it is for is `check`. The directory is made if
/// it does not exist, and nothing is left in it.
[[nodiscard]] Finding check_directory(const std::string& check, const std::filesystem::path& directory);
/// How many files and connections this process may open.
[[nodiscard]] Finding check_open_files();
/// Whether changes of files can be watched.
[[nodiscard]] Finding check_inotify();

}  // namespace stp::cli
