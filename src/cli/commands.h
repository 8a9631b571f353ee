// The commands, one file each: command_share.cpp, command_share_folder.cpp, command_get.cpp, command_find.cpp,
// command_info.cpp, command_verify.cpp, command_tracker.cpp, command_node.cpp, command_doctor.cpp, command_daemon.cpp,
// command_list.cpp (list, pause, resume and remove), command_top.cpp. Each reports its own errors and returns the exit
// code.
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
#include "net/host.h"

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
  std::filesystem::path state_dir;  // the one in use: from --state, or from `directories`
  trace::Sink* log = nullptr;       // --log; null: not asked for
  std::string share = {};           // of several at once: the info-hash in events, the name in messages; else empty
  std::string share_name = {};
};

[[nodiscard]] ExitCode run_share(Context& context);
/// `share --each` and `share --watch`.
[[nodiscard]] ExitCode run_share_folder(Context& context);
[[nodiscard]] ExitCode run_get(Context& context);
[[nodiscard]] ExitCode run_find(Context& context);
[[nodiscard]] ExitCode run_tracker(Context& context);
[[nodiscard]] ExitCode run_node(Context& context);
[[nodiscard]] ExitCode run_info(Context& context);
[[nodiscard]] ExitCode run_verify(Context& context);
[[nodiscard]] ExitCode run_doctor(Context& context);
[[nodiscard]] ExitCode run_daemon(Context& context);
[[nodiscard]] ExitCode run_list(Context& context);
/// pause, resume or remove, by `command`.
[[nodiscard]] ExitCode run_steer(Context& context, Command command);
[[nodiscard]] ExitCode run_top(Context& context);

/// Prints the command's result on stdout: `line`, or with --json the event. Returns 0, or errno if that, or an earlier
/// event, could not be written; the command then ends with fail_stdout(), or, if it would have run on, with fail().
[[nodiscard]] int tell(Context& context, std::string_view line, const char* event, nlohmann::json fields);

/// Prints the event, with Context::share.
void emit(Context& context, const char* event, nlohmann::json fields);

/// Prints the error on stderr and as an "error" event; returns its exit code.
[[nodiscard]] ExitCode report(Context& context, const Error& error);
/// The same for work that is left to do: ExitCode::incomplete.
[[nodiscard]] ExitCode report_incomplete(Context& context, const std::string& message);

/// report() and end().
[[nodiscard]] ExitCode fail(Context& context, const Error& error);

/// report_incomplete() and end().
[[nodiscard]] ExitCode fail_incomplete(Context& context, const std::string& message);

/// Like report(), for a stdout that can't be written (`errno_value`): ExitCode::error, also for a full device. A reader
/// that has gone (`| head -1`) gets no message.
[[nodiscard]] ExitCode report_stdout(Context& context, int errno_value);
/// report_stdout() and end().
[[nodiscard]] ExitCode fail_stdout(Context& context, int errno_value);

/// Prints the "end" event and returns `code`.
[[nodiscard]] ExitCode end(Context& context, ExitCode code);

}  // namespace stp::cli
