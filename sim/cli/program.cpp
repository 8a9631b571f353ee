#include "sim/cli/program.h"

#include <signal.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <exception>
#include <string>
#include <vector>

#include "console/completion.h"
#include "console/help.h"
#include "console/manual.h"
#include "console/terminal.h"
#include "content/standard_descriptors.h"
#include "core/build_info.h"
#include "core/version.h"
#include "sim/cli/command_table.h"
#include "sim/cli/commands.h"
#include "sim/cli/interrupt.h"
#include "sim/runner/mpi_job.h"

namespace stp::sim {
namespace {

ExitCode run_command(const Invocation& invocation, Console& console) {
  switch (static_cast<Command>(*invocation.command)) {
    case Command::run: return command_run(invocation, console);
    case Command::sweep: return command_sweep(invocation, console);
    case Command::fuzz: return command_fuzz(invocation, console);
    case Command::presets: return command_presets(invocation, console);
    case Command::settings: return command_settings(invocation, console);
    case Command::check: return command_check(invocation, console);
  }
  return ExitCode::error;
}

/// "stp-sim 0.1.0 (1a2b3c4, release), Open MPI v4.1.4".
std::string version_line() {
  const std::string mpi = mpi_description();
  return "stp-sim " + full_version() + (mpi.empty() ? ", built without MPI" : ", " + mpi) + "\n";
}

Console make_console(bool quiet) {
  return Console(kProgram.name, quiet, Console::FirstLine::when_it_takes_long);
}

ExitCode run_all(const std::vector<std::string>& arguments) {
  const Result<Invocation> invocation = console::parse_arguments(kProgram, arguments);
  if (!invocation) {
    if (is_silent_rank()) return exit_code_of(invocation.error().kind);
    Console console = make_console(false);
    return fail(console, invocation.error());
  }
  Console console = make_console(invocation->has("quiet"));
  switch (invocation->kind) {
    case Invocation::Kind::help:
      return print(console,
                   console::help_text(kProgram, invocation->command,
                                      console::terminal_columns(STDOUT_FILENO).value_or(console::kHelpColumnsDefault)));
    case Invocation::Kind::version: return print(console, version_line());
    case Invocation::Kind::completion: return print(console, console::completion_script(kProgram, invocation->shell));
    case Invocation::Kind::manual:
      return print(console, console::manual_page(kProgram, invocation->command, version(), commit_date()));
    case Invocation::Kind::manual_names: return print(console, console::manual_names(kProgram));
    case Invocation::Kind::run: break;
  }
  note_interrupts();
  return run_command(*invocation, console);
}

}  // namespace

ExitCode print(Console& console, std::string_view results) {
  const int failure = console.print(results);
  if (failure == 0) return ExitCode::done;
  console.error(std::string("can't write to standard output: ") + std::strerror(failure));
  return ExitCode::error;
}

ExitCode fail(Console& console, const Error& error) {
  console.error(error.message);
  return exit_code_of(error.kind);
}

int run_program(int argc, char** argv) {
  content::open_standard_descriptors();
  ::signal(SIGPIPE, SIG_IGN);  // writing to a closed stdout gives an error instead of ending the process
  ::signal(SIGXFSZ, SIG_IGN);  // and so does a file that grows past ulimit -f
  try {
    return static_cast<int>(run_all({argv + (argc > 0 ? 1 : 0), argv + argc}));
  } catch (const std::exception& failure) {  // out of memory, and what libraries throw
    make_console(false).error(std::string("internal error: ") + failure.what());
    return static_cast<int>(ExitCode::error);
  }
}

}  // namespace stp::sim
