// The command line of `stp`: turns the arguments (console/arguments.h) into Options.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "cli/options.h"
#include "console/arguments.h"
#include "core/result.h"

namespace stp::cli {

struct Invocation {
  using Kind = console::Arguments::Kind;
  Kind kind = Kind::run;
  std::optional<Command> command;               // always set with run; with help and manual: those of one command
  console::Shell shell = console::Shell::bash;  // with completion
  Options options;
  std::vector<std::string> warnings;  // of console::Arguments
};

/// `words` without the program's name. Every rejection is a usage error whose one line names the flag, variable or key
/// and says what to do.
[[nodiscard]] Result<Invocation> parse_arguments(const std::vector<std::string>& words,
                                                 const console::Environment& environment,
                                                 const console::ConfigValues& config);

}  // namespace stp::cli
