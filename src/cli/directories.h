// Where stp keeps its files: the XDG base directory specification, version 0.8.
#pragma once

#include <filesystem>
#include <optional>
#include <string>

#include "console/arguments.h"
#include "core/result.h"

namespace stp::cli {

struct Directories {
  std::filesystem::path config;     // $XDG_CONFIG_HOME/stp, ~/.config/stp: config.json
  std::filesystem::path state;      // $XDG_STATE_HOME/stp, ~/.local/state/stp: DHT table, node key, tracker's peers
  std::filesystem::path cache;      // $XDG_CACHE_HOME/stp, ~/.cache/stp: hash cache
  std::filesystem::path runtime;    // $XDG_RUNTIME_DIR/stp: the daemon's socket; empty without that variable
  std::filesystem::path downloads;  // ~/Downloads, which the dashboard suggests
};

/// Variables that are empty or not absolute are ignored, as the specification requires; `account_home` replaces such a
/// HOME. Without any home a path is empty: the current directory may be shared, and the secrets of stp would be shared
/// with it. Creates nothing.
[[nodiscard]] Directories find_directories(const console::Environment& environment,
                                           const std::optional<std::string>& account_home);

/// The home directory that the system has on record for the current user.
[[nodiscard]] std::optional<std::string> home_of_account();

/// Creates `directory` and its parents; new ones are readable only by the owner.
[[nodiscard]] Status make_private_directory(const std::filesystem::path& directory);

}  // namespace stp::cli
