#include "cli/run.h"

#include <malloc.h>
#include <signal.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <exception>
#include <memory>

#include "cli/arguments.h"
#include "cli/commands.h"
#include "cli/directories.h"
#include "cli/events.h"
#include "cli/output_file.h"
#include "cli/settings.h"
#include "console/completion.h"
#include "console/config.h"
#include "console/console.h"
#include "console/help.h"
#include "console/manual.h"
#include "console/terminal.h"
#include "content/standard_descriptors.h"
#include "core/build_info.h"
#include "core/version.h"
#include "crypto/random.h"
#include "net/log.h"

namespace stp::cli {
namespace {

Result<Invocation> invocation_of(const std::vector<std::string>& arguments, const console::Environment& environment,
                                 const Directories& directories) {
  // A broken configuration must not prevent anybody from reading the help.
  using console::ConfigValues;
  const Result<ConfigValues> config =
      directories.config.empty() ? ConfigValues{} : console::load_config(kProgram, directories.config / "config.json");
  Result<Invocation> invocation = parse_arguments(arguments, environment, config ? *config : ConfigValues{});
  if (invocation && invocation->kind == Invocation::Kind::run && !config) return config.error();
  return invocation;
}

ExitCode run_command(Command command, Context& context) {
  switch (command) {
    case Command::share: return run_share(context);
    case Command::get: return run_get(context);
    case Command::find: return run_find(context);
    case Command::tracker: return run_tracker(context);
    case Command::node: return run_node(context);
    case Command::info: return run_info(context);
    case Command::verify: return run_verify(context);
    case Command::doctor: return run_doctor(context);
    case Command::daemon: return run_daemon(context);
    case Command::list: return run_list(context);
    case Command::pause:
    case Command::resume:
    case Command::remove: return run_steer(context, command);
    case Command::top: return run_top(context);
  }
  return ExitCode::error;
}

ExitCode print(const std::string& text) {
  Console console(kProgram.name, false);
  const int failure = console.print(text);
  if (failure == 0) return ExitCode::done;
  if (failure != EPIPE) console.error(stdout_error(failure).message);
  return ExitCode::error;
}

/// What the invocation asks to read, instead of running a command.
std::string text_of(const Invocation& invocation) {
  std::optional<std::size_t> command;
  if (invocation.command) command = static_cast<std::size_t>(*invocation.command);
  switch (invocation.kind) {
    case Invocation::Kind::help:
      return console::help_text(kProgram, command,
                                console::terminal_columns(STDOUT_FILENO).value_or(console::kHelpColumnsDefault));
    case Invocation::Kind::version: return "stp " + full_version() + "\n";
    case Invocation::Kind::completion: return console::completion_script(kProgram, invocation.shell);
    case Invocation::Kind::manual: return console::manual_page(kProgram, command, version(), commit_date());
    case Invocation::Kind::manual_names: return console::manual_names(kProgram);
    case Invocation::Kind::run: break;
  }
  return {};
}

/// Null if no log was requested.
Result<std::unique_ptr<net::Log>> open_log(const Options& options, Console& console) {
  if (!options.log && options.log_file.empty()) return std::unique_ptr<net::Log>();
  net::LogOptions log;
  log.levels = options.log.value_or(trace::Levels(trace::Level::info));
  log.file = options.log_file;
  log.on_line = [&console](std::string_view line) { console.log(line); };
  log.on_trouble = [&console](const std::string& line) { console.warn(line); };
  return net::Log::open(std::move(log));
}

ExitCode run_all(const std::vector<std::string>& arguments) {
  const console::Environment environment = console::environment_of_process();
  const Directories directories = find_directories(environment, home_of_account());
  const Result<Invocation> invocation = invocation_of(arguments, environment, directories);
  if (!invocation) {
    Console(kProgram.name, false).error(invocation.error().message);
    return exit_code_of(invocation.error().kind);
  }
  if (invocation->kind != Invocation::Kind::run) return print(text_of(*invocation));
  const Options& options = invocation->options;
  Console console(kProgram.name, options.quiet);
  for (const std::string& warning : invocation->warnings) console.warn(warning);
  Events events(options.json);
  Context context{options, console, events, directories,
                  options.state_dir.empty() ? directories.state : options.state_dir};
  const bool needs_state = invocation->command != Command::tracker && invocation->command != Command::find;
  if (context.state_dir.empty() && needs_state) {
    return fail(context, {ErrorKind::not_found,
                          "there is no home directory for the node key and the DHT table; name a place for "
                          "them with --state DIR"});
  }
  const Result<std::unique_ptr<net::Log>> log = open_log(options, console);
  if (!log) return fail(context, log.error());
  context.log = log->get();
  return run_command(*invocation->command, context);
}

}  // namespace

int run(int argc, char** argv) {
#ifdef __GLIBC__
  // glibc raises this threshold when a mapped block is freed; frame buffers then come from the heap, which small
  // objects between them keep from shrinking: 135 MB instead of 38 for a share of 23,000 small files.
  ::mallopt(M_MMAP_THRESHOLD, 128 * 1024);
#endif
  content::open_standard_descriptors();
  ::signal(SIGPIPE, SIG_IGN);  // writing to a closed stdout gives an error instead of ending the process
  ::signal(SIGXFSZ, SIG_IGN);  // and so does a file that grows past ulimit -f
  crypto::initialize();
  try {
    return static_cast<int>(run_all({argv + (argc > 0 ? 1 : 0), argv + argc}));
  } catch (const std::exception& failure) {  // out of memory, and what libraries throw
    Console(kProgram.name, false).error(std::string("internal error: ") + failure.what());
    return static_cast<int>(ExitCode::error);
  }
}

}  // namespace stp::cli
