#include "integration/process.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <sstream>
#include <stdexcept>

namespace stp::integration {
namespace {

struct Pipe {
  int read = -1;
  int write = -1;
};

Pipe make_pipe() {
  std::array<int, 2> ends{};
  if (::pipe2(ends.data(), O_CLOEXEC) != 0) throw std::runtime_error(std::string("pipe2: ") + std::strerror(errno));
  return {ends[0], ends[1]};
}

std::vector<char*> pointers(std::vector<std::string>& strings) {
  std::vector<char*> result;
  for (std::string& s : strings) result.push_back(s.data());
  result.push_back(nullptr);
  return result;
}

/// The rest of fork(): only async-signal-safe calls.
[[noreturn]] void become(char* const* argv, char* const* envp, const char* directory, int in, int out, int err,
                         pid_t parent) {
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (::getppid() != parent) ::_exit(126);  // it died before prctl()
  if (::dup2(in, 0) < 0 || ::dup2(out, 1) < 0 || ::dup2(err, 2) < 0 || ::chdir(directory) != 0) ::_exit(126);
  ::signal(SIGPIPE, SIG_DFL);
  ::execve(argv[0], argv, envp);
  ::_exit(127);
}

/// Keeps what `stp … --json` has printed for check_events.py, which looks at the lines of all tests. A line without its end
/// was cut off when the program was killed.
void keep_events(const std::vector<std::string>& arguments, std::string lines) {
  const char* const directory = std::getenv("STP_EVENTS_DIRECTORY");
  if (directory == nullptr || std::filesystem::path(arguments.front()).filename() != "stp") return;
  if (std::find(arguments.begin(), arguments.end(), "--json") == arguments.end()) return;
  lines.resize(lines.rfind('\n') + 1);  // none: to nothing
  std::filesystem::create_directories(directory);
  const std::string file = std::to_string(::getpid()) + ".jsonl";
  std::ofstream(std::filesystem::path(directory) / file, std::ios::app) << lines;
}

int exit_code_of(int status) {
  return WIFEXITED(status) ? WEXITSTATUS(status) : 1000 + WTERMSIG(status);
}

}  // namespace

std::chrono::seconds patience() {
#ifdef STP_SANITIZED
  return std::chrono::seconds(150);
#else
  return std::chrono::seconds(50);
#endif
}

Process::Process(ProcessOptions options) : arguments_(std::move(options.arguments)) {
  std::vector<std::string> argument_copies = arguments_;
  std::vector<std::string> variables;
  for (const auto& [name, value] : options.environment) variables.push_back(name + "=" + value);
  const std::vector<char*> argv = pointers(argument_copies);
  const std::vector<char*> envp = pointers(variables);
  const std::string directory = options.directory.string();
  const Pipe in = make_pipe();
  const Pipe out = make_pipe();
  const Pipe err = make_pipe();
  const pid_t parent = ::getpid();
  pid_ = ::fork();
  if (pid_ == 0) become(argv.data(), envp.data(), directory.c_str(), in.read, out.write, err.write, parent);
  for (const int fd : {in.read, out.write, err.write}) ::close(fd);
  // Inputs of tests are links: smaller than any pipe.
  if (::write(in.write, options.input.data(), options.input.size()) < 0) throw std::runtime_error("write to stdin");
  ::close(in.write);
  if (pid_ < 0) throw std::runtime_error(std::string("fork: ") + std::strerror(errno));
  out_.fd = out.read;
  err_.fd = err.read;
  if (options.stdout_closed) {
    ::close(out_.fd);
    out_.fd = -1;
  }
  reader_ = std::thread([this] { read_until_end(); });
}

Process::~Process() {
  kill();
  reader_.join();
  keep_events(arguments_, out_.text);
}

void Process::read_until_end() {
  const auto pump = [this](Stream& stream) {
    std::array<char, 65536> buffer{};
    const ssize_t got = ::read(stream.fd, buffer.data(), buffer.size());
    if (got < 0 && errno == EINTR) return;
    const std::lock_guard lock(mutex_);
    if (got > 0) {
      stream.text.append(buffer.data(), static_cast<std::size_t>(got));
    } else {
      ::close(stream.fd);
      stream.fd = -1;
    }
    changed_.notify_all();
  };
  while (out_.fd >= 0 || err_.fd >= 0) {
    std::array<pollfd, 2> ready = {{{out_.fd, POLLIN, 0}, {err_.fd, POLLIN, 0}}};
    ::poll(ready.data(), ready.size(), -1);
    if (ready[0].revents != 0) pump(out_);
    if (ready[1].revents != 0) pump(err_);
  }
  siginfo_t ended{};
  while (::waitid(P_PID, static_cast<id_t>(pid_), &ended, WEXITED | WNOWAIT) != 0 && errno == EINTR) {
  }
  const std::lock_guard lock(mutex_);  // reaped under the lock: signal() never hits a pid that was given away again
  int status = 0;
  ::waitpid(pid_, &status, 0);
  status_ = exit_code_of(status);
  changed_.notify_all();
}

std::optional<std::string> Process::wait_line(const Stream& stream, const Predicate& predicate, std::size_t& from) {
  const auto deadline = std::chrono::steady_clock::now() + patience();
  std::unique_lock lock(mutex_);
  for (;;) {
    for (std::size_t end = stream.text.find('\n', from); end != std::string::npos; end = stream.text.find('\n', from)) {
      const std::string line = stream.text.substr(from, end - from);
      from = end + 1;
      if (predicate(line)) return line;
    }
    if (status_) return std::nullopt;
    if (changed_.wait_until(lock, deadline) == std::cv_status::timeout) return std::nullopt;
  }
}

std::optional<std::string> Process::wait_stdout(const Predicate& predicate, std::size_t& from) {
  return wait_line(out_, predicate, from);
}

std::optional<std::string> Process::wait_stdout(const Predicate& predicate) {
  std::size_t from = 0;
  return wait_line(out_, predicate, from);
}

std::optional<std::string> Process::wait_stderr(const Predicate& predicate) {
  std::size_t from = 0;
  return wait_line(err_, predicate, from);
}

std::optional<std::string> Process::wait_first_line() {
  return wait_stdout([](const std::string&) { return true; });
}

int Process::wait(std::chrono::seconds limit) {
  {
    std::unique_lock lock(mutex_);
    if (changed_.wait_for(lock, limit, [this] { return status_.has_value(); })) return *status_;
  }
  kill();
  return -1;
}

bool Process::wait_until_exit(std::chrono::milliseconds time) {
  std::unique_lock lock(mutex_);
  return changed_.wait_for(lock, time, [this] { return status_.has_value(); });
}

bool Process::running() {
  const std::lock_guard lock(mutex_);
  return !status_;
}

void Process::signal(int number) {
  const std::lock_guard lock(mutex_);
  if (!status_) ::kill(pid_, number);
}

void Process::kill() {
  signal(SIGKILL);
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [this] { return status_.has_value(); });
}

int Process::interrupt() {
  signal(SIGINT);
  return wait();
}

std::string Process::out() {
  const std::lock_guard lock(mutex_);
  return out_.text;
}

std::string Process::err() {
  const std::lock_guard lock(mutex_);
  return err_.text;
}

std::vector<std::string> Process::out_lines() {
  std::istringstream text(out());
  std::vector<std::string> lines;
  for (std::string line; std::getline(text, line);) lines.push_back(line);
  return lines;
}

long Process::peak_rss_kib() const {
  std::ifstream status("/proc/" + std::to_string(pid_) + "/status");
  for (std::string line; std::getline(status, line);) {
    if (line.rfind("VmHWM:", 0) == 0) return std::strtol(line.c_str() + 6, nullptr, 10);
  }
  return 0;
}

std::string Process::report() {
  std::string text = "$";
  for (const std::string& argument : arguments_) text += " " + argument;
  const auto tail = [](const std::string& all) {
    return all.size() > 4000 ? "…" + all.substr(all.size() - 4000) : all;
  };
  return text + "\n--- stdout\n" + tail(out()) + "--- stderr\n" + tail(err()) + "---\n";
}

}  // namespace stp::integration
