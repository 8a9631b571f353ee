#include "integration/terminal.h"

#include <poll.h>
#include <pty.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <chrono>
#include <stdexcept>

#include "integration/process.h"

namespace stp::integration {
namespace {

std::vector<char*> pointers_to(std::vector<std::string>& strings) {
  std::vector<char*> result;
  for (std::string& text : strings) result.push_back(text.data());
  result.push_back(nullptr);
  return result;
}

}  // namespace

Terminal::Terminal(std::vector<std::string> arguments, std::map<std::string, std::string> environment,
                   const std::filesystem::path& directory, unsigned short columns) {
  std::vector<std::string> variables;
  for (const auto& [name, value] : environment) variables.push_back(name + "=" + value);
  const std::vector<char*> argv = pointers_to(arguments);
  const std::vector<char*> envp = pointers_to(variables);
  const std::string where = directory.string();
  winsize size{};
  size.ws_col = columns;
  size.ws_row = 50;
  pid_ = ::forkpty(&fd_, nullptr, nullptr, &size);
  if (pid_ == 0) {
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    ::signal(SIGPIPE, SIG_DFL);
    if (::chdir(where.c_str()) == 0) ::execve(argv[0], argv.data(), envp.data());
    ::_exit(127);
  }
  if (pid_ < 0) throw std::runtime_error("forkpty");
}

Terminal::~Terminal() {
  ::kill(-pid_, SIGKILL);  // the group of the session's leader
  ::kill(pid_, SIGKILL);
  ::close(fd_);  // hangs up on whoever is left in the session
  ::waitpid(pid_, nullptr, 0);
}

void Terminal::read_some(int milliseconds) {
  pollfd ready{fd_, POLLIN, 0};
  if (::poll(&ready, 1, milliseconds) <= 0) return;
  std::array<char, 65536> buffer{};
  const ssize_t got = ::read(fd_, buffer.data(), buffer.size());
  ended_ = got <= 0;  // EIO: nobody has the terminal open any more
  if (got > 0) text_.append(buffer.data(), static_cast<std::size_t>(got));
}

bool Terminal::wait_for(const std::function<bool(const std::string&)>& predicate) {
  const auto deadline = std::chrono::steady_clock::now() + patience();
  while (!predicate(text_)) {
    if (ended_ || std::chrono::steady_clock::now() >= deadline) return false;
    read_some(100);
  }
  return true;
}

bool Terminal::wait_for_end() {
  static_cast<void>(wait_for([this](const std::string&) { return ended_; }));
  return ended_;
}

void Terminal::type(const std::string& keys) {
  if (::write(fd_, keys.data(), keys.size()) < 0) throw std::runtime_error("write to the terminal");
}

}  // namespace stp::integration
