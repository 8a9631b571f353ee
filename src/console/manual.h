// Manual pages in man(7), generated from the table of commands: one of the program, "stp(1)", and one of each command,
// "stp-share(1)".
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "console/command_table.h"

namespace stp::console {

/// The page of one command, or of the program. `date`: "2026-01-31".
[[nodiscard]] std::string manual_page(const Program& program, std::optional<std::size_t> command,
                                      std::string_view version, std::string_view date);

/// The commands that have a page, one per line.
[[nodiscard]] std::string manual_names(const Program& program);

}  // namespace stp::console
