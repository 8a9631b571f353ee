// Whole experiments by name: the files of presets/, compiled in.
//
// They are scenario texts like any other (with comments that say what they show and where their numbers come from), to
// be run by name, changed by settings, extended ("extends": "flash-crowd") or copied.
#pragma once

#include <span>
#include <string_view>

namespace stp::sim {

struct Preset {
  std::string_view name;  // "flash-crowd"
  std::string_view text;  // JSON with comments
};

/// In alphabetical order.
[[nodiscard]] std::span<const Preset> presets();

/// Null if there is none of that name.
[[nodiscard]] const Preset* find_preset(std::string_view name);

}  // namespace stp::sim
