#include "integration/daemon_client.h"

#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstring>

#include "integration/process.h"

namespace stp::integration {

using nlohmann::json;

UnixClient::UnixClient(const std::filesystem::path& socket) : fd_(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  const std::string path = socket.string();
  std::memcpy(address.sun_path, path.data(), std::min(path.size(), sizeof address.sun_path - 1));
  if (::connect(fd_, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0) return;
  ::close(fd_);
  fd_ = -1;
}

UnixClient::~UnixClient() {
  if (fd_ >= 0) ::close(fd_);
}

void UnixClient::send(const std::string& bytes) const {
  std::size_t sent = 0;
  while (fd_ >= 0 && sent < bytes.size()) {
    const ssize_t now = ::send(fd_, bytes.data() + sent, bytes.size() - sent, MSG_NOSIGNAL);
    if (now <= 0) return;
    sent += static_cast<std::size_t>(now);
  }
}

std::string UnixClient::receive() const {
  pollfd waited{fd_, POLLIN, 0};
  const auto limit = std::chrono::duration_cast<std::chrono::milliseconds>(patience());
  if (fd_ < 0 || ::poll(&waited, 1, static_cast<int>(limit.count())) <= 0) return {};
  std::string bytes(65536, '\0');
  const ssize_t got = ::read(fd_, bytes.data(), bytes.size());
  bytes.resize(got > 0 ? static_cast<std::size_t>(got) : 0);
  return bytes;
}

std::string api_request(const std::string& method, const std::string& target, const json& body) {
  const std::string text = body.is_null() ? "" : body.dump();
  std::string head = method + " " + target + " HTTP/1.1\r\nHost: stp\r\nConnection: close\r\n";
  if (method != "GET") head += "Content-Type: application/json\r\n";
  if (method == "POST") head += "Content-Length: " + std::to_string(text.size()) + "\r\n";
  return head + "\r\n" + text;
}

ApiAnswer ask_raw(const std::filesystem::path& socket, const std::string& request) {
  const UnixClient client(socket);
  client.send(request);
  std::string text;
  for (std::string more = client.receive(); !more.empty(); more = client.receive()) text += more;
  const std::size_t body = text.find("\r\n\r\n");
  if (!text.starts_with("HTTP/1.1 ") || body == std::string::npos) return {};
  ApiAnswer answer;
  answer.status = (text[9] - '0') * 100 + (text[10] - '0') * 10 + (text[11] - '0');
  answer.body = json::parse(text.substr(body + 4), nullptr, false);
  return answer;
}

ApiAnswer ask(const std::filesystem::path& socket, const std::string& method, const std::string& target,
              const json& body) {
  return ask_raw(socket, api_request(method, target, body));
}

EventClient::EventClient(const std::filesystem::path& socket) : client_(socket) {
  client_.send(api_request("GET", "/api/events"));
}

std::optional<EventClient::Event> EventClient::next() {
  for (;;) {
    const std::size_t end = text_.find(past_head_ ? "\n\n" : "\r\n\r\n");
    if (end == std::string::npos) {
      const std::string more = client_.receive();
      if (more.empty()) return std::nullopt;
      text_ += more;
      continue;
    }
    const std::string part = text_.substr(0, end);
    text_.erase(0, end + (past_head_ ? 2 : 4));
    if (!std::exchange(past_head_, true)) continue;
    const std::size_t line = part.find("\ndata: ");
    if (!part.starts_with("event: ") || line == std::string::npos) continue;  // a comment
    return Event{part.substr(7, line - 7), json::parse(part.substr(line + 7), nullptr, false)};
  }
}

json EventClient::wait(const std::string& name, const EventTest& predicate) {
  const auto deadline = std::chrono::steady_clock::now() + patience();
  while (const std::optional<Event> event = next()) {
    if (std::chrono::steady_clock::now() > deadline) break;
    if (event->name == name && (!predicate || predicate(event->data))) return event->data;
  }
  return nullptr;
}

json EventClient::wait_state(std::int64_t id, const std::string& state) {
  return wait("share", [&](const json& share) { return share.at("id") == id && share.at("state") == state; });
}

}  // namespace stp::integration
