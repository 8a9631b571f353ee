// `stp --help` and `stp COMMAND --help`, made from the table of settings.
#pragma once

#include <optional>
#include <string>

#include "cli/options.h"

namespace stp::cli {

/// Help for one command, or the overview. Ends with a newline.
[[nodiscard]] std::string help_text(std::optional<Command> command);

/// "stp 0.1.0".
[[nodiscard]] std::string version_text();

}  // namespace stp::cli
