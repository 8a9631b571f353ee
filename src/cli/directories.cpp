#include "cli/directories.h"

#include <sys/stat.h>

#include <cerrno>

#include "content/posix_file.h"

namespace stp::cli {

Directories find_directories(const Environment& environment) {
  const auto base = [&](const char* variable, const char* below_home) {
    if (const auto value = environment(variable); value && !value->empty() && value->front() == '/') {
      return std::filesystem::path(*value) / "stp";
    }
    if (const auto home = environment("HOME"); home && !home->empty() && home->front() == '/') {
      return std::filesystem::path(*home) / below_home / "stp";
    }
    return std::filesystem::path(".stp");
  };
  return {base("XDG_CONFIG_HOME", ".config") / "config.json", base("XDG_STATE_HOME", ".local/state"),
          base("XDG_CACHE_HOME", ".cache")};
}

Status make_private_directory(const std::filesystem::path& directory) {
  std::filesystem::path so_far;
  for (const std::filesystem::path& component : directory) {
    so_far /= component;
    if (::mkdir(so_far.c_str(), 0700) == 0 || errno == EEXIST) continue;
    const int number = errno;  // of a parent that may exist on a read-only file system
    if (struct stat status{}; ::stat(so_far.c_str(), &status) == 0 && S_ISDIR(status.st_mode)) continue;
    return content::file_error("create the directory", so_far.string(), number);
  }
  return Done{};
}

}  // namespace stp::cli
