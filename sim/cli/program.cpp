#include "sim/cli/program.h"

#include <signal.h>

#include <exception>
#include <string>
#include <vector>

#include "content/standard_descriptors.h"
#include "sim/cli/commands.h"
#include "sim/cli/help.h"
#include "sim/cli/interrupt.h"
#include "sim/runner/mpi_job.h"

namespace stp::sim {
namespace {

ExitCode run_command(const Invocation& invocation, Console& console) {
  switch (*invocation.command) {
    case Command::run: return command_run(invocation, console);
    case Command::sweep: return command_sweep(invocation, console);
    case Command::fuzz: return command_fuzz(invocation, console);
    case Command::presets: return command_presets(invocation, console);
    case Command::settings: return command_settings(invocation, console);
    case Command::check: return command_check(invocation, console);
  }
  return ExitCode::error;
}

ExitCode run_all(const std::vector<std::string>& arguments) {
  const Result<Invocation> invocation = parse_arguments(arguments);
  if (!invocation) {
    if (is_silent_rank()) return exit_code_of(invocation.error().kind);
    Console console(false);
    return fail(console, invocation.error());
  }
  Console console(invocation->has("quiet"));
  switch (invocation->kind) {
    case Invocation::Kind::help:
      return console.result(help_text(invocation->command)) ? ExitCode::done : ExitCode::error;
    case Invocation::Kind::version: return console.result(version_text() + "\n") ? ExitCode::done : ExitCode::error;
    case Invocation::Kind::run: break;
  }
  note_interrupts();
  return run_command(*invocation, console);
}

}  // namespace

ExitCode fail(Console& console, const Error& error) {
  console.error(error.message);
  return exit_code_of(error.kind);
}

int run_program(int argc, char** argv) {
  content::open_standard_descriptors();
  ::signal(SIGPIPE, SIG_IGN);  // a closed stdout is an error that write() reports, not a death
  ::signal(SIGXFSZ, SIG_IGN);  // and so is a file that grows past ulimit -f
  try {
    return static_cast<int>(run_all({argv + (argc > 0 ? 1 : 0), argv + argc}));
  } catch (const std::exception& failure) {  // out of memory, and what libraries throw
    Console(false).error(std::string("internal error: ") + failure.what());
    return static_cast<int>(ExitCode::error);
  }
}

}  // namespace stp::sim
