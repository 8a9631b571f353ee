// The commands of stp-sim: command_run.cpp, command_sweep.cpp, command_fuzz.cpp, command_presets.cpp. Each returns the exit code; what went wrong has then been told.
#pragma once

#include "sim/cli/arguments.h"
#include "sim/cli/console.h"
#include "sim/cli/exit_code.h"

namespace stp::sim {

[[nodiscard]] ExitCode command_run(const Invocation& invocation, Console& console);
[[nodiscard]] ExitCode command_sweep(const Invocation& invocation, Console& console);
[[nodiscard]] ExitCode command_fuzz(const Invocation& invocation, Console& console);
[[nodiscard]] ExitCode command_presets(const Invocation& invocation, Console& console);
[[nodiscard]] ExitCode command_settings(const Invocation& invocation, Console& console);
[[nodiscard]] ExitCode command_check(const Invocation& invocation, Console& console);

/// Tells `error` and returns its code.
[[nodiscard]] ExitCode fail(Console& console, const Error& error);

}  // namespace stp::sim
