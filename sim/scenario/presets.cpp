#include "sim/scenario/presets.h"

#include <algorithm>

namespace stp::sim {

// presets() itself is written by CMake from the files of presets/.

const Preset* find_preset(std::string_view name) {
  const std::span<const Preset> all = presets();
  const auto found = std::find_if(all.begin(), all.end(), [&](const Preset& p) { return p.name == name; });
  return found == all.end() ? nullptr : &*found;
}

}  // namespace stp::sim
