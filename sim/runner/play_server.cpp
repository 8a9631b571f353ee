#include "sim/runner/play_server.h"

#include <signal.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdint>
#include <cstring>

#include "content/small_file.h"
#include "sim/runner/run_message.h"

namespace stp::sim {
namespace {

bool read_exactly(int socket, char* to, std::size_t bytes) {
  while (bytes > 0) {
    const ssize_t got = ::read(socket, to, bytes);
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) return false;
    to += got;
    bytes -= static_cast<std::size_t>(got);
  }
  return true;
}

/// A message is its length (8 bytes, in this machine's byte order) and its text.
bool send_message(int socket, const std::string& text) {
  const std::uint64_t length = text.size();
  std::array<char, sizeof length> prefix{};
  std::memcpy(prefix.data(), &length, sizeof length);
  return content::write_all(socket, {prefix.data(), prefix.size()}) && content::write_all(socket, text);
}

bool receive_message(int socket, std::string& text) {
  std::uint64_t length = 0;
  std::array<char, sizeof length> prefix{};
  if (!read_exactly(socket, prefix.data(), prefix.size())) return false;
  std::memcpy(&length, prefix.data(), sizeof length);
  if (length > kRunMessageBytesMax) return false;
  text.resize(length);
  return read_exactly(socket, text.data(), length);
}

std::string play_one(const std::string& message) {
  Result<RunOrder> order = parse_run_order(message);
  if (!order) return to_message(RunAnswer{0, false, "", order.error().message});
  const std::uint64_t id = order->id;
  LocalWorkers worker(1);
  if (Status started = worker.start(*std::move(order)); !started) {
    return to_message(RunAnswer{id, false, "", started.error().message});
  }
  for (;;) {
    if (const std::optional<RunAnswer> answer = worker.wait(std::chrono::hours(1))) return to_message(*answer);
  }
}

[[noreturn]] void serve(int socket, pid_t parent) {
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (::getppid() != parent) ::_exit(1);  // it died before prctl()
  ::signal(SIGINT, SIG_IGN);
  ::signal(SIGTERM, SIG_DFL);
  std::string message;
  while (receive_message(socket, message)) {
    if (!send_message(socket, play_one(message))) break;
  }
  ::_exit(0);
}

}  // namespace

Result<std::unique_ptr<PlayServer>> PlayServer::start() {
  std::array<int, 2> ends{};
  if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends.data()) != 0) {
    return Error{ErrorKind::other, std::string("can't start a process for runs: socketpair: ") + std::strerror(errno)};
  }
  const pid_t parent = ::getpid();
  const pid_t pid = ::fork();
  if (pid == 0) {
    ::close(ends[0]);
    serve(ends[1], parent);
  }
  ::close(ends[1]);
  if (pid < 0) {
    ::close(ends[0]);
    return Error{ErrorKind::other, std::string("can't start a process for runs: fork: ") + std::strerror(errno)};
  }
  return std::unique_ptr<PlayServer>(new PlayServer(ends[0], pid));
}

PlayServer::~PlayServer() {
  ::close(socket_);
  ::kill(pid_, SIGKILL);  // a run whose result is no longer wanted
  while (::waitpid(pid_, nullptr, 0) < 0 && errno == EINTR) {
  }
}

Result<std::string> PlayServer::play(const std::string& order) {
  std::string answer;
  if (!send_message(socket_, order) || !receive_message(socket_, answer)) {
    return Error{ErrorKind::other, "the process that plays runs has ended"};
  }
  return answer;
}

}  // namespace stp::sim
