// Scripts with which shells complete a program's command line, generated from the table of commands: commands, flags,
// the values of those that have a list, files and directories where the usage says so, and what a command lists
// (Command::listed_by). They need nothing but the shell and the program itself.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "console/command_table.h"

namespace stp::console {

enum class Shell : std::uint8_t { bash, zsh, fish };

[[nodiscard]] std::optional<Shell> shell_named(std::string_view name);

/// To be read by the shell (`source <(…)`), or installed where it looks for the completions of `program`.
[[nodiscard]] std::string completion_script(const Program& program, Shell shell);

}  // namespace stp::console
