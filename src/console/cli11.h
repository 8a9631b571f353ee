// The table of commands in terms of CLI11: one subcommand per command, one option per flag. Only arguments.cpp and
// help.cpp include this.
#pragma once

#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>
#include <memory>

#include "console/command_table.h"

namespace stp::console {

/// Commands that every program has.
inline constexpr const char* kHelpCommand = "help";              // help [COMMAND]
inline constexpr const char* kCompletionCommand = "completion";  // completion SHELL
inline constexpr const char* kManualCommand = "man";             // man [COMMAND], man --list

/// `program` must outlive the App. Operands are not declared: they arrive as "remaining" (arguments.h says why).
[[nodiscard]] std::unique_ptr<CLI::App> make_app(const Program& program);

}  // namespace stp::console
