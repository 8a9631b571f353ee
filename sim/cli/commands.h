// The commands of stp-sim: command_run.cpp, command_sweep.cpp, command_fuzz.cpp, command_presets.cpp. Each reports its
// own errors and returns the exit code.
#pragma once

#include <string_view>

#include "console/arguments.h"
#include "console/console.h"
#include "console/exit_code.h"

namespace stp::sim {

using console::Console;
using console::exit_code_of;
using console::ExitCode;
using Invocation = console::Arguments;

[[nodiscard]] ExitCode command_run(const Invocation& invocation, Console& console);
[[nodiscard]] ExitCode command_sweep(const Invocation& invocation, Console& console);
[[nodiscard]] ExitCode command_fuzz(const Invocation& invocation, Console& console);
[[nodiscard]] ExitCode command_presets(const Invocation& invocation, Console& console);
[[nodiscard]] ExitCode command_settings(const Invocation& invocation, Console& console);
[[nodiscard]] ExitCode command_check(const Invocation& invocation, Console& console);

/// Prints the results on stdout. Returns ExitCode::done, or the code from fail() if stdout can't be written.
[[nodiscard]] ExitCode print(Console& console, std::string_view results);

/// Reports `error` and returns its code.
[[nodiscard]] ExitCode fail(Console& console, const Error& error);

}  // namespace stp::sim
