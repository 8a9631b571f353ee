#include "cli/directories.h"

#include <pwd.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <vector>

#include "content/posix_file.h"

namespace stp::cli {

namespace {

bool is_absolute(const std::optional<std::string>& path) {
  return path && path->starts_with('/');
}

}  // namespace

Directories find_directories(const console::Environment& environment, const std::optional<std::string>& account_home) {
  const std::optional<std::string> own_home = console::variable(environment, "HOME");
  const std::optional<std::string>& home = is_absolute(own_home) ? own_home : account_home;
  const auto base = [&](const char* variable, const char* below_home) -> std::filesystem::path {
    if (const auto value = console::variable(environment, variable); is_absolute(value))
      return std::filesystem::path(*value) / "stp";
    return is_absolute(home) ? std::filesystem::path(*home) / below_home / "stp" : std::filesystem::path();
  };
  const auto runtime = console::variable(environment, "XDG_RUNTIME_DIR");
  return {base("XDG_CONFIG_HOME", ".config"), base("XDG_STATE_HOME", ".local/state"), base("XDG_CACHE_HOME", ".cache"),
          is_absolute(runtime) ? std::filesystem::path(*runtime) / "stp" : std::filesystem::path(),
          is_absolute(home) ? std::filesystem::path(*home) / "Downloads" : std::filesystem::path()};
}

std::optional<std::string> home_of_account() {
  std::vector<char> buffer(16384);  // more than any entry has (getpwuid_r(3))
  passwd entry{};
  passwd* found = nullptr;
  if (::getpwuid_r(::geteuid(), &entry, buffer.data(), buffer.size(), &found) != 0 || found == nullptr) {
    return std::nullopt;
  }
  return std::string(entry.pw_dir);
}

Status make_private_directory(const std::filesystem::path& directory) {
  std::filesystem::path so_far;
  for (const std::filesystem::path& component : directory) {
    so_far /= component;
    if (::mkdir(so_far.c_str(), 0700) == 0 || errno == EEXIST) continue;
    const int number = errno;  // from a parent that may exist on a read-only file system
    if (struct stat status{}; ::stat(so_far.c_str(), &status) == 0 && S_ISDIR(status.st_mode)) continue;
    return content::file_error("create the directory", so_far.string(), number);
  }
  return Done{};
}

}  // namespace stp::cli
