#include "sim/runner/child_pool.h"
#include "content/small_file.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <exception>
#include <vector>

namespace stp::sim {
namespace {

constexpr int kFailed = 1;  // exit code of a child whose work gave an Error

struct Pipe {
  int read = -1;
  int write = -1;
};

std::optional<Pipe> make_pipe() {
  std::array<int, 2> ends{};
  if (::pipe2(ends.data(), O_CLOEXEC) != 0) return std::nullopt;
  return Pipe{ends[0], ends[1]};
}

void close_pipe(const Pipe& pipe) {
  ::close(pipe.read);
  ::close(pipe.write);
}

/// Runs in the child; never returns.
[[noreturn]] void live(const ChildPool::Work& work, int answer, int err, pid_t parent) {
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (::getppid() != parent) ::_exit(1);  // it died before prctl()
  // Ctrl-C reaches the whole process group; the parent decides what happens to its children.
  ::signal(SIGINT, SIG_IGN);
  ::signal(SIGTERM, SIG_DFL);
  ::dup2(err, STDOUT_FILENO);
  ::dup2(err, STDERR_FILENO);
  ::fcntl(answer, F_SETFD, 0);  // work that executes another program keeps it open until that one ends
  std::string why;
  try {
    const Result<std::string> given = work();
    if (given && content::write_all(answer, *given)) ::_exit(0);
    why = given ? "its answer can't be written" : given.error().message;
  } catch (const std::exception& error) {
    why = error.what();
  }
  (void)content::write_all(err, "error: " + why + "\n");
  ::_exit(kFailed);
}

/// The last line with any content, where assertions and sanitizers put their verdict; "" if there is none.
std::string telling_line(const std::string& text) {
  std::string last;
  std::size_t begin = 0;
  while (begin < text.size()) {
    const std::size_t end = std::min(text.find('\n', begin), text.size());
    std::string line = text.substr(begin, end - begin);
    for (char& c : line) {
      if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) c = '?';
    }
    if (line.find("rror") != std::string::npos) return line;
    if (!line.empty()) last = std::move(line);
    begin = end + 1;
  }
  return last;
}

std::string describe_end(int status, const std::string& stderr_text) {
  std::string said = telling_line(stderr_text);
  constexpr std::string_view kOwn = "error: ";
  if (WIFEXITED(status) && WEXITSTATUS(status) == kFailed && said.rfind(kOwn, 0) == 0) return said.substr(kOwn.size());
  std::string how;
  if (WIFSIGNALED(status)) {
    const int number = WTERMSIG(status);
    how = "signal " + std::to_string(number) + " (" + ::strsignal(number) + ")";
  } else {
    how = "exit code " + std::to_string(WEXITSTATUS(status));
  }
  return said.empty() ? how : said + "; " + how;
}

}  // namespace

ChildPool::~ChildPool() {
  for (Child& child : children_) ::kill(child.pid, SIGKILL);
  while (!children_.empty()) (void)reap(children_.begin());
}

Status ChildPool::start(std::uint64_t id, const Work& work, std::optional<std::chrono::milliseconds> limit) {
  const auto failed = [](const char* what) {
    return Error{ErrorKind::other,
                 std::string("can't start a process for a run: ") + what + ": " + std::strerror(errno)};
  };
  const std::optional<Pipe> answer = make_pipe();
  if (!answer) return failed("pipe");
  const std::optional<Pipe> err = make_pipe();
  if (!err) {
    const Error error = failed("pipe");
    close_pipe(*answer);
    return error;
  }
  const pid_t parent = ::getpid();
  const pid_t pid = ::fork();
  if (pid == 0) live(work, answer->write, err->write, parent);
  if (pid < 0) {
    const Error error = failed("fork");
    close_pipe(*answer);
    close_pipe(*err);
    return error;
  }
  ::close(answer->write);
  ::close(err->write);
  for (const int fd : {answer->read, err->read}) ::fcntl(fd, F_SETFL, O_NONBLOCK);
  Child child;
  child.id = id;
  child.pid = pid;
  child.answer_fd = answer->read;
  child.stderr_fd = err->read;
  child.limit = limit;
  if (limit) child.deadline = Clock::now() + *limit;
  children_.push_back(std::move(child));
  return Done{};
}

void ChildPool::read_answer(Child& child) {
  std::array<char, 65536> buffer;
  for (;;) {
    const ssize_t got = ::read(child.answer_fd, buffer.data(), buffer.size());
    if (got < 0 && errno == EINTR) continue;
    if (got < 0 && errno == EAGAIN) return;
    if (got <= 0) {
      ::close(child.answer_fd);
      child.answer_fd = -1;
      return;
    }
    child.answer.append(buffer.data(), static_cast<std::size_t>(got));
    if (child.answer.size() > kAnswerBytesMax) return kill(child, "its answer is larger than 256 MiB");
  }
}

void ChildPool::read_stderr(Child& child) {
  std::array<char, 4096> buffer;
  while (child.stderr_fd >= 0) {
    const ssize_t got = ::read(child.stderr_fd, buffer.data(), buffer.size());
    if (got < 0 && errno == EINTR) continue;
    if (got < 0 && errno == EAGAIN) return;
    if (got <= 0) {
      ::close(child.stderr_fd);
      child.stderr_fd = -1;
      return;
    }
    child.stderr_text.append(buffer.data(), static_cast<std::size_t>(got));
    if (child.stderr_text.size() > kStderrBytesMax) {
      child.stderr_text.erase(0, child.stderr_text.size() - kStderrBytesMax);
    }
  }
}

void ChildPool::kill(Child& child, std::string why) {
  ::kill(child.pid, SIGKILL);
  child.killed_because = std::move(why);
  child.deadline.reset();
  ::close(child.answer_fd);
  child.answer_fd = -1;
}

ChildResult ChildPool::reap(std::list<Child>::iterator child) {
  int status = 0;
  while (::waitpid(child->pid, &status, 0) < 0 && errno == EINTR) {
  }
  read_stderr(*child);
  for (const int fd : {child->answer_fd, child->stderr_fd}) {
    if (fd >= 0) ::close(fd);
  }
  ChildResult result;
  result.id = child->id;
  result.ok = child->killed_because.empty() && WIFEXITED(status) && WEXITSTATUS(status) == 0;
  if (result.ok) {
    result.answer = std::move(child->answer);
  } else {
    result.why = !child->killed_because.empty() ? child->killed_because : describe_end(status, child->stderr_text);
  }
  children_.erase(child);
  return result;
}

std::optional<ChildResult> ChildPool::wait(std::chrono::milliseconds timeout) {
  const Clock::time_point until = Clock::now() + timeout;
  for (;;) {
    Clock::time_point wake = until;
    std::vector<pollfd> ready;
    for (auto child = children_.begin(); child != children_.end(); ++child) {
      if (child->deadline && *child->deadline <= Clock::now()) {
        kill(*child, "no end after " + std::to_string(child->limit->count() / 1000) + " s");
      }
      if (child->answer_fd < 0) return reap(child);
      if (child->deadline) wake = std::min(wake, *child->deadline);
      ready.push_back({child->answer_fd, POLLIN, 0});
      ready.push_back({child->stderr_fd, POLLIN, 0});
    }
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(wake - Clock::now()).count();
    const int count = ::poll(ready.data(), ready.size(), static_cast<int>(std::max<std::int64_t>(left, 0)));
    if (count < 0) return std::nullopt;  // a signal: the caller checks what it means
    std::size_t i = 0;
    for (Child& child : children_) {
      if (ready[i++].revents != 0) read_answer(child);
      if (ready[i++].revents != 0) read_stderr(child);
    }
    const bool ended = std::any_of(children_.begin(), children_.end(), [](const Child& c) { return c.answer_fd < 0; });
    if (!ended && Clock::now() >= until) return std::nullopt;
  }
}

}  // namespace stp::sim
