#include "integration/silent_tracker.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <map>
#include <stdexcept>

#include "integration/process.h"

namespace stp::integration {
namespace {

constexpr const char* kNoPeers =
    "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 27\r\n\r\nd8:intervali1800e5:peers0:e";
static_assert(std::char_traits<char>::length("d8:intervali1800e5:peers0:e") == 27);

}  // namespace

SilentTracker::SilentTracker(int answers) : answers_(answers) {
  listener_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  stop_ = ::eventfd(0, EFD_CLOEXEC);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t length = sizeof address;
  if (::bind(listener_, reinterpret_cast<const sockaddr*>(&address), length) != 0 || ::listen(listener_, 16) != 0 ||
      ::getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &length) != 0) {
    throw std::runtime_error("the silent tracker can't listen");
  }
  port_ = ntohs(address.sin_port);
  thread_ = std::thread([this] { serve(); });
}

SilentTracker::~SilentTracker() {
  const std::uint64_t one = 1;
  static_cast<void>(!::write(stop_, &one, sizeof one));
  thread_.join();
  ::close(listener_);
  ::close(stop_);
}

std::string SilentTracker::url() const {
  return "http://127.0.0.1:" + std::to_string(port_) + "/announce";
}

bool SilentTracker::wait_for_requests(int count) {
  std::unique_lock lock(mutex_);
  return changed_.wait_for(lock, patience(), [&] { return requests_ >= count; });
}

std::vector<std::string> SilentTracker::requests() {
  const std::lock_guard lock(mutex_);
  return lines_;
}

bool SilentTracker::handle(int connection, std::string& received) {
  std::array<char, 4096> buffer{};
  const ssize_t got = ::read(connection, buffer.data(), buffer.size());
  if (got <= 0) return false;
  received.append(buffer.data(), static_cast<std::size_t>(got));
  for (std::size_t end = received.find("\r\n\r\n"); end != std::string::npos; end = received.find("\r\n\r\n")) {
    const std::string line = received.substr(0, received.find("\r\n"));
    received.erase(0, end + 4);
    const std::lock_guard lock(mutex_);
    lines_.push_back(line);
    ++requests_;
    changed_.notify_all();
    const std::string_view reply = kNoPeers;
    if (requests_ <= answers_) static_cast<void>(!::write(connection, reply.data(), reply.size()));
  }
  return true;
}

void SilentTracker::serve() {
  std::map<int, std::string> connections;
  for (;;) {
    std::vector<pollfd> ready = {{stop_, POLLIN, 0}, {listener_, POLLIN, 0}};
    for (const auto& [fd, received] : connections) ready.push_back({fd, POLLIN, 0});
    ::poll(ready.data(), ready.size(), -1);
    if (ready[0].revents != 0) break;
    if (ready[1].revents != 0) {
      const int connection = ::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
      if (connection >= 0) connections[connection] = {};
    }
    for (std::size_t i = 2; i < ready.size(); ++i) {
      if (ready[i].revents == 0 || handle(ready[i].fd, connections[ready[i].fd])) continue;
      ::close(ready[i].fd);
      connections.erase(ready[i].fd);
    }
  }
  for (const auto& [fd, received] : connections) ::close(fd);
}

}  // namespace stp::integration
