// The flags of `stp`, and with its commands (command_texts.h) the whole table: parsing, the configuration and the help
// texts all read `kProgram` (console/command_table.h).
#pragma once

#include <string>
#include <string_view>

#include "cli/command_texts.h"
#include "cli/options.h"
#include "console/command_table.h"
#include "core/result.h"

namespace stp::cli {

/// The table; Command is an index into it.
extern const console::Program kProgram;

/// Stores one value of the flag `name` of `command` in the options; a usage error says what is wrong with it, without
/// the flag's name. Yes-or-no flags get "true" or "false".
[[nodiscard]] Status apply_setting(std::string_view name, Command command, Options& options, const std::string& value);

}  // namespace stp::cli
