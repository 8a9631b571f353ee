// The command line: which command, with which options. Flag beats environment beats configuration.
//
// CLI11 takes the flags apart; what its own lists, defaults and subcommands would do to a path such as "[a,b]" or to a
// directory called "node" is why operands are collected here and why each command is parsed by an App of its own.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "cli/config.h"
#include "cli/options.h"
#include "core/result.h"

namespace stp::cli {

/// Reads an environment variable; nullopt when it is not set.
using Environment = std::function<std::optional<std::string>(const std::string& name)>;

/// "share" …; nullptr-free inverse of parse_command().
[[nodiscard]] const char* name_of(Command command);
[[nodiscard]] std::optional<Command> parse_command(std::string_view word);

struct Invocation {
  enum class Kind : std::uint8_t { run, help, version };
  Kind kind = Kind::run;
  std::optional<Command> command;  // always with run; help of one command
  Options options;
};

/// `arguments` without the program's name. Every refusal is a usage error whose one line names the flag, variable or
/// key and says what to do.
[[nodiscard]] Result<Invocation> parse_arguments(const std::vector<std::string>& arguments,
                                                 const Environment& environment, const ConfigValues& config);

}  // namespace stp::cli
