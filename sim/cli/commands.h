// The commands of stp-sim: command_run.cpp, command_sweep.cpp, command_fuzz.cpp, command_presets.cpp. Each returns the
// exit code; what went wrong has then been said.
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

/// Prints the results on stdout. ExitCode::done, or what fail() returns when stdout does not take them.
[[nodiscard]] ExitCode print(Console& console, std::string_view results);

/// Tells `error` and returns its code.
[[nodiscard]] ExitCode fail(Console& console, const Error& error);

}  // namespace stp::sim
