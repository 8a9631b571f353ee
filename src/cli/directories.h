// Where stp keeps what it keeps: the XDG base directory specification, version 0.8.
#pragma once

#include <filesystem>

#include "cli/arguments.h"
#include "core/result.h"

namespace stp::cli {

struct Directories {
  std::filesystem::path config_file;  // $XDG_CONFIG_HOME/stp/config.json, ~/.config/…
  std::filesystem::path state;        // $XDG_STATE_HOME/stp, ~/.local/state/stp: DHT table, node key, tracker's peers
  std::filesystem::path cache;        // $XDG_CACHE_HOME/stp, ~/.cache/stp: hash cache
};

/// Variables that are empty or not absolute are ignored, as the specification asks. Creates nothing. Without a home
/// directory everything lies in ".stp" here.
[[nodiscard]] Directories find_directories(const Environment& environment);

/// Makes `directory` and its parents, readable by the owner only where they are new.
[[nodiscard]] Status make_private_directory(const std::filesystem::path& directory);

}  // namespace stp::cli
