#include "cli/daemon_start.h"

#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <system_error>
#include <utility>
#include <vector>

#include "cli/daemon_client.h"
#include "cli/directories.h"
#include "content/posix_file.h"
#include "content/small_file.h"
#include "core/shown_text.h"
#include "core/units.h"
#include "net/zone.h"

extern "C" char** environ;  // NOLINT(readability-redundant-declaration)

namespace stp::cli {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kLogBytesMax = std::size_t{64} * 1024 * 1024;
constexpr const char* kUnit = "stp.service";

/// This program, wherever it was started from.
Result<fs::path> own_program() {
  std::error_code failure;
  fs::path program = fs::read_symlink("/proc/self/exe", failure);
  if (failure) return Error{ErrorKind::io, "can't find out which program this is: " + failure.message()};
  return program;
}

/// `stp daemon` with the settings of the whole process that this command was given. Those of the environment and of
/// config.json it reads itself.
std::vector<std::string> daemon_words(const Context& context, const fs::path& program) {
  const Options& options = context.options;
  std::vector<std::string> words = {program.string(), "daemon"};
  if (!options.state_dir.empty()) {
    std::error_code ignored;
    words.insert(words.end(), {"--state", fs::absolute(options.state_dir, ignored).string()});
  }
  if (options.listen) words.insert(words.end(), {"--listen", net::to_text(*options.listen)});
  if (!options.dht) words.emplace_back("--no-dht");
  if (!options.lan.value_or(options.trackers_allowed)) words.emplace_back("--no-lan");
  if (options.lan.value_or(false)) words.emplace_back("--lan");
  if (!options.port_map) words.emplace_back("--no-port-map");
  if (options.must_hide) words.insert(words.end(), {"--encryption", "require"});
  if (options.bootstrap && options.bootstrap->empty()) words.insert(words.end(), {"--bootstrap", "none"});
  if (options.bootstrap) {
    for (const std::string& node : *options.bootstrap) words.insert(words.end(), {"--bootstrap", node});
  }
  if (options.up_bytes_per_second > 0) {
    words.insert(words.end(), {"--up-limit", std::to_string(options.up_bytes_per_second) + "B/s"});
  }
  if (options.down_bytes_per_second > 0) {
    words.insert(words.end(), {"--down-limit", std::to_string(options.down_bytes_per_second) + "B/s"});
  }
  return words;
}

/// Starts a program; its exit code is asked for with waitpid().
Result<pid_t> spawn(const std::vector<std::string>& words, posix_spawn_file_actions_t& actions, bool own_session) {
  std::vector<char*> arguments;
  for (const std::string& word : words) arguments.push_back(const_cast<char*>(word.c_str()));
  arguments.push_back(nullptr);
  posix_spawnattr_t attributes;
  ::posix_spawnattr_init(&attributes);
  sigset_t defaults;
  ::sigemptyset(&defaults);
  for (const int signal : {SIGPIPE, SIGXFSZ, SIGINT, SIGTERM, SIGHUP}) ::sigaddset(&defaults, signal);
  ::posix_spawnattr_setsigdefault(&attributes, &defaults);
  ::posix_spawnattr_setflags(&attributes,
                             static_cast<short>(POSIX_SPAWN_SETSIGDEF | (own_session ? POSIX_SPAWN_SETSID : 0)));
  pid_t pid = -1;
  const int failure = ::posix_spawnp(&pid, words.front().c_str(), &actions, &attributes, arguments.data(), environ);
  ::posix_spawnattr_destroy(&attributes);
  if (failure != 0) return content::file_error("start", words.front(), failure);
  return pid;
}

/// The last line of the log: why a daemon could not start.
std::string last_words(const fs::path& log) {
  const Result<std::string> text = content::read_small_file(log, kLogBytesMax);
  if (!text) return "";
  std::string_view rest = *text;
  while (!rest.empty() && rest.back() == '\n') rest.remove_suffix(1);
  std::string_view line = rest.substr(rest.rfind('\n') + 1);
  if (line.starts_with("stp: ")) line.remove_prefix(5);
  return one_line(line.substr(0, 1000));
}

}  // namespace

Status start_daemon(Context& context, const CancelOnSignal& signals) {
  const Result<fs::path> program = own_program();
  if (!program) return program.error();
  const DaemonPlaces places = daemon_places(context);
  if (Status made = make_private_directory(places.directory); !made) return made;
  const fs::path log = places.directory / "daemon.log";
  std::array<int, 2> ends{};
  if (::pipe2(ends.data(), O_CLOEXEC) != 0) return content::file_error("make", "a pipe", errno);
  const content::Fd reading(ends[0]);
  content::Fd writing(ends[1]);
  posix_spawn_file_actions_t actions;
  ::posix_spawn_file_actions_init(&actions);
  ::posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
  ::posix_spawn_file_actions_adddup2(&actions, writing.get(), STDOUT_FILENO);
  ::posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, log.c_str(), O_WRONLY | O_CREAT | O_APPEND, 0600);
  ::posix_spawn_file_actions_addchdir_np(&actions, "/");
  const Result<pid_t> pid = spawn(daemon_words(context, *program), actions, true);
  ::posix_spawn_file_actions_destroy(&actions);
  if (!pid) return pid.error();
  writing = content::Fd();
  // Its first line says that it answers; the end of its output that it does not.
  const Result<std::string> first =
      content::read_some(reading.get(), 4096, "the daemon's output", signals.descriptor());
  if (!first) return first.error();
  if (!first->empty()) return Done{};
  int ignored = 0;
  ::waitpid(*pid, &ignored, 0);
  return Error{ErrorKind::other, "the daemon could not be started: " + last_words(log)};
}

// --- systemd

namespace {

/// $XDG_CONFIG_HOME/systemd/user/stp.service
Result<fs::path> unit_file(const Context& context) {
  if (context.directories.config.empty()) return Error{ErrorKind::not_found, "there is no home directory for the unit"};
  return context.directories.config.parent_path() / "systemd" / "user" / kUnit;
}

/// A word of ExecStart (systemd.service(5) "COMMAND LINES"): quoted, with '%' and '$' taken literally.
std::string unit_word(const std::string& word) {
  std::string quoted = "\"";
  for (const char c : word) {
    if (c == '"' || c == '\\') quoted += '\\';
    if (c == '%' || c == '$') quoted += c;
    quoted += c;
  }
  return quoted + "\"";
}

std::string unit_text(const std::vector<std::string>& words) {
  std::string command;
  for (const std::string& word : words) command += (command.empty() ? "" : " ") + unit_word(word);
  return "# Written by `stp daemon --install`; `stp daemon --uninstall` removes it.\n"
         "[Unit]\n"
         "Description=stp: peer-to-peer file sharing\n"
         "Documentation=man:systemd.service(5)\n"
         "\n"
         "[Service]\n"
         "ExecStart=" +
         command +
         "\n"
         "Restart=on-failure\n"
         "RestartSec=5\n"
         "\n"
         "[Install]\n"
         "WantedBy=default.target\n";
}

/// Runs `systemctl --user WORDS…`; its messages go to stderr as they are.
Status systemctl(Context& context, const std::vector<std::string>& command) {
  std::vector<std::string> words = {"systemctl", "--user"};
  words.insert(words.end(), command.begin(), command.end());
  std::string shown;
  for (const std::string& word : words) shown += (shown.empty() ? "" : " ") + word;
  context.console.say("stp: runs `" + shown + "`");
  posix_spawn_file_actions_t actions;
  ::posix_spawn_file_actions_init(&actions);
  ::posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
  ::posix_spawn_file_actions_adddup2(&actions, STDERR_FILENO, STDOUT_FILENO);
  const Result<pid_t> pid = spawn(words, actions, false);
  ::posix_spawn_file_actions_destroy(&actions);
  if (!pid) return Error{ErrorKind::unsupported, "`" + shown + "` can't be run: " + pid.error().message};
  int status = 0;
  while (::waitpid(*pid, &status, 0) < 0 && errno == EINTR) {
  }
  if (WIFEXITED(status) && WEXITSTATUS(status) == 0) return Done{};
  return Error{ErrorKind::other, "`" + shown + "` failed"};
}

}  // namespace

Status install_unit(Context& context) {
  const Result<fs::path> file = unit_file(context);
  if (!file) return file.error();
  const Result<fs::path> program = own_program();
  if (!program) return program.error();
  std::error_code failure;
  fs::create_directories(file->parent_path(), failure);
  if (failure) return content::file_error("create the directory", file->parent_path().string(), failure.value());
  if (Status written =
          content::replace_file(*file, unit_text(daemon_words(context, *program)), content::Sync::yes, 0644);
      !written) {
    return written;
  }
  context.console.say("stp: wrote " + escaped(file->string()));
  Status done = systemctl(context, {"daemon-reload"});
  if (done) done = systemctl(context, {"enable", "--now", kUnit});
  if (!done) {
    return Error{done.error().kind, done.error().message + "; the unit is written, `systemctl --user enable --now " +
                                        kUnit + "` starts it once systemd runs for this user"};
  }
  context.console.say(
      "stp: the daemon runs, and starts again when you log in; `loginctl enable-linger` starts it when "
      "the machine does");
  return Done{};
}

Status uninstall_unit(Context& context) {
  const Result<fs::path> file = unit_file(context);
  if (!file) return file.error();
  std::error_code failure;
  if (!fs::exists(*file, failure)) {
    return Error{ErrorKind::not_found, escaped(file->string()) + " is not there: nothing is installed"};
  }
  const Status stopped = systemctl(context, {"disable", "--now", kUnit});
  if (!fs::remove(*file, failure)) return content::file_error("remove", file->string(), failure.value());
  context.console.say("stp: removed " + escaped(file->string()));
  const Status reloaded = systemctl(context, {"daemon-reload"});
  if (!stopped) return Error{stopped.error().kind, stopped.error().message + "; the daemon may still run"};
  if (!reloaded) return reloaded;
  context.console.say("stp: the daemon was stopped; what it held is kept");
  return Done{};
}

}  // namespace stp::cli
