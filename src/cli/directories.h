// Where stp keeps what it keeps: the XDG base directory specification, version 0.8.
#pragma once

#include <filesystem>
#include <optional>
#include <string>

#include "console/arguments.h"
#include "core/result.h"

namespace stp::cli {

struct Directories {
  std::filesystem::path config;  // $XDG_CONFIG_HOME/stp, ~/.config/stp: config.json
  std::filesystem::path state;   // $XDG_STATE_HOME/stp, ~/.local/state/stp: DHT table, node key, tracker's peers
  std::filesystem::path cache;   // $XDG_CACHE_HOME/stp, ~/.cache/stp: hash cache
};

/// Variables that are empty or not absolute are ignored, as the specification asks; in the place of such a HOME
/// `account_home` stands. Without any home a path is empty: what lies in the current directory may be shared, and the
/// secrets of stp with it. Creates nothing.
[[nodiscard]] Directories find_directories(const console::Environment& environment,
                                           const std::optional<std::string>& account_home);

/// The home directory that the system has on record for the user who runs this.
[[nodiscard]] std::optional<std::string> home_of_account();

/// Makes `directory` and its parents, readable by the owner only where they are new.
[[nodiscard]] Status make_private_directory(const std::filesystem::path& directory);

}  // namespace stp::cli
