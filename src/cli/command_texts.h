// The commands of `stp`, with what their help says.
#pragma once

#include <array>
#include <cstddef>

#include "cli/options.h"
#include "console/command_table.h"

namespace stp::cli {

inline constexpr std::size_t kCommandCount = 14;

/// In the order of Command.
extern const std::array<console::Command, kCommandCount> kCommands;

/// "share" …
[[nodiscard]] const char* name_of(Command command);

}  // namespace stp::cli
