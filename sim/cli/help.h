// `stp-sim --help`, `stp-sim COMMAND --help` and `--version`, made from the table of commands.
#pragma once

#include <optional>
#include <string>

#include "sim/cli/command_table.h"

namespace stp::sim {

/// Help for one command, or the overview. Ends with a newline.
[[nodiscard]] std::string help_text(std::optional<Command> command);

/// "stp-sim 0.1.0 (Open MPI v4.1.4)".
[[nodiscard]] std::string version_text();

}  // namespace stp::sim
