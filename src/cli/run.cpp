#include "cli/run.h"

#include <malloc.h>
#include <signal.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <exception>

#include "cli/arguments.h"
#include "cli/commands.h"
#include "cli/config.h"
#include "cli/console.h"
#include "cli/directories.h"
#include "cli/events.h"
#include "cli/help.h"
#include "cli/output_file.h"
#include "content/small_file.h"
#include "content/standard_descriptors.h"
#include "crypto/random.h"

namespace stp::cli {
namespace {

Result<Invocation> invocation_of(const std::vector<std::string>& arguments, const Environment& environment,
                                 const Directories& directories) {
  // A broken configuration must not keep anybody from reading the help.
  const Result<ConfigValues> config =
      directories.config.empty() ? ConfigValues{} : load_config(directories.config / "config.json");
  Result<Invocation> invocation = parse_arguments(arguments, environment, config ? *config : ConfigValues{});
  if (invocation && invocation->kind == Invocation::Kind::run && !config) return config.error();
  return invocation;
}

ExitCode run_command(Command command, Context& context) {
  switch (command) {
    case Command::share: return run_share(context);
    case Command::get: return run_get(context);
    case Command::tracker: return run_tracker(context);
    case Command::node: return run_node(context);
    case Command::info: return run_info(context);
    case Command::verify: return run_verify(context);
  }
  return ExitCode::error;
}

ExitCode run_all(const std::vector<std::string>& arguments) {
  const Environment environment = [](const std::string& name) -> std::optional<std::string> {
    const char* value = std::getenv(name.c_str());
    return value != nullptr ? std::optional<std::string>(value) : std::nullopt;
  };
  const Directories directories = find_directories(environment, home_of_account());
  const Result<Invocation> invocation = invocation_of(arguments, environment, directories);
  if (!invocation) {
    Console(false).error(invocation.error().message);
    return exit_code_of(invocation.error().kind);
  }
  if (invocation->kind != Invocation::Kind::run) {
    const bool help = invocation->kind == Invocation::Kind::help;
    if (content::write_all(STDOUT_FILENO, help ? help_text(invocation->command) : version_text()))
      return ExitCode::done;
    const int failure = errno;  // before the console asks whether there is a terminal
    if (failure != EPIPE) Console(false).error(stdout_error(failure).message);
    return ExitCode::error;
  }
  const Options& options = invocation->options;
  Console console(options.quiet);
  Events events(options.json);
  Context context{options, console, events, directories,
                  options.state_dir.empty() ? directories.state : options.state_dir};
  if (context.state_dir.empty() && invocation->command != Command::tracker) {  // which does without
    return fail(context, {ErrorKind::not_found,
                          "there is no home directory to keep the node key and the DHT table in; name a place for "
                          "them with --state DIR"});
  }
  return run_command(*invocation->command, context);
}

}  // namespace

int run(int argc, char** argv) {
#ifdef __GLIBC__
  // glibc raises this bound when a mapped block is freed; frame buffers then come from the heap, which small objects
  // between them keep from shrinking: 135 MB instead of 38 for a share of 23,000 small files.
  ::mallopt(M_MMAP_THRESHOLD, 128 * 1024);
#endif
  content::open_standard_descriptors();
  ::signal(SIGPIPE, SIG_IGN);  // a closed stdout is an error that write() reports, not a death
  ::signal(SIGXFSZ, SIG_IGN);  // and so is a file that grows past ulimit -f
  crypto::initialize();
  try {
    return static_cast<int>(run_all({argv + (argc > 0 ? 1 : 0), argv + argc}));
  } catch (const std::exception& failure) {  // out of memory, and what libraries throw
    Console(false).error(std::string("internal error: ") + failure.what());
    return static_cast<int>(ExitCode::error);
  }
}

}  // namespace stp::cli
