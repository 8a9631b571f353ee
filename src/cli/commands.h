// The commands, one file each: command_share.cpp, command_get.cpp, command_info.cpp, command_verify.cpp,
// command_tracker.cpp, command_node.cpp. Each says what went wrong itself and returns the exit code.
#pragma once

#include <filesystem>
#include <string_view>

#include "cli/directories.h"
#include "cli/events.h"
#include "cli/options.h"
#include "console/console.h"
#include "console/exit_code.h"
#include "core/result.h"
#include "core/trace.h"
#include "net/session_runner.h"

namespace stp::cli {

using console::Console;
using console::exit_code_of;
using console::ExitCode;
using console::ProgressLine;

/// What every command works with.
struct Context {
  const Options& options;
  Console& console;
  Events& events;
  const Directories& directories;   // without --state
  std::filesystem::path state_dir;  // the one in use: that of --state, or of `directories`
  trace::Sink* log = nullptr;       // --log; null: nobody wants one
};

[[nodiscard]] ExitCode run_share(Context& context);
[[nodiscard]] ExitCode run_get(Context& context);
[[nodiscard]] ExitCode run_tracker(Context& context);
[[nodiscard]] ExitCode run_node(Context& context);
[[nodiscard]] ExitCode run_info(Context& context);
[[nodiscard]] ExitCode run_verify(Context& context);

/// Tells the command's result on stdout: `line`, or with --json the event. 0, or errno when that, or an event before,
/// could not be written; the command then ends with fail_stdout(), or, when it would have run on, with fail().
[[nodiscard]] int tell(Context& context, std::string_view line, const char* event, nlohmann::json fields);

/// Prints the error on stderr and as an "error" event; returns its exit code.
[[nodiscard]] ExitCode fail(Context& context, const Error& error);

/// What fail() does, when something is left to do: ExitCode::incomplete.
[[nodiscard]] ExitCode fail_incomplete(Context& context, const std::string& message);

/// What fail() does, for a stdout that can't be written (`errno_value`): ExitCode::error, a full device too. A reader
/// that went away (`| head -1`) wants no message.
[[nodiscard]] ExitCode fail_stdout(Context& context, int errno_value);

/// Prints the "end" event and returns `code`.
[[nodiscard]] ExitCode end(Context& context, ExitCode code);

}  // namespace stp::cli
