// DaemonFiles: tests that fetch files of a daemon's shares over HTTP.
#pragma once

#include <string>

#include "integration/daemon_test.h"

namespace stp::integration {

/// An answer of any kind.
struct FileAnswer {
  int status = 0;
  std::string head;
  std::string body;

  [[nodiscard]] std::string field(const std::string& name) const {
    const std::size_t at = head.find("\r\n" + name + ": ");
    if (at == std::string::npos) return "";
    const std::size_t begin = at + name.size() + 4;
    return head.substr(begin, head.find("\r\n", begin) - begin);
  }
  [[nodiscard]] std::string kind() const {
    const json parsed = json::parse(body, nullptr, false);
    return parsed.is_object() && parsed.contains("error") ? parsed.at("error").at("kind") : "";
  }
};

/// A request for a file that is under way.
class FileRequest {
 public:
  FileRequest(const fs::path& socket, const std::string& target, const std::string& fields = "",
              const std::string& method = "GET")
      : client_(socket) {
    client_.send(method + " " + target + " HTTP/1.1\r\nHost: stp\r\nConnection: close\r\n" + fields + "\r\n");
  }
  /// Until the connection ends.
  FileAnswer rest() {
    for (std::string more = client_.receive(); !more.empty(); more = client_.receive()) text_ += more;
    return answer();
  }
  /// Until so much of the body is there.
  FileAnswer at_least(std::size_t bytes) {
    while (answer().status == 0 || answer().body.size() < bytes) {
      const std::string more = client_.receive();
      if (more.empty()) break;
      text_ += more;
    }
    return answer();
  }

 private:
  [[nodiscard]] FileAnswer answer() const {
    const std::size_t body = text_.find("\r\n\r\n");
    if (!text_.starts_with("HTTP/1.1 ") || body == std::string::npos) return {};
    return {std::stoi(text_.substr(9, 3)), text_.substr(0, body + 2), text_.substr(body + 4)};
  }

  UnixClient client_;
  std::string text_;
};

class DaemonFiles : public DaemonTest {
 protected:
  static constexpr std::size_t kBytes = 24'000'000;

  /// A .torrent of `paths` of the user "seed".
  fs::path torrent(Words paths) {
    const fs::path file = user_dir("seed") / "share.torrent";
    Words flags = {"--no-dht", "--torrent", file.string()};
    Process& process = *seed("seed", std::move(paths), flags).process;
    EXPECT_EQ(process.interrupt(), 0);
    return file;
  }
  /// A download that waits for its first peer, but knows what it fetches.
  std::int64_t add_torrent(const fs::path& file, json more = json::object()) {
    Process& info = start("b", {"info", file.string(), "--json"});
    EXPECT_EQ(info.wait(), 0) << info.report();
    json order = get_order("b", wait_event(info, "link").at("link"));
    order["torrent"] = file.string();
    order.update(more);
    return add("b", order);
  }
  std::uint16_t web_port() {
    const std::string url = ask(socket_of("b"), "GET", "/api/daemon").body.at("daemon").at("web");
    return port_of(url.substr(0, url.find('/', std::string("http://").size())));
  }
  std::string listening() { return ask(socket_of("b"), "GET", "/api/daemon").body.at("daemon").at("listening"); }
  /// A seed that connects to the daemon.
  Process& seed_to_daemon(Words paths, Words flags = {}) {
    flags.insert(flags.end(), {"--no-dht", "--no-lan", "--peer", listening()});
    return *seed("seed", std::move(paths), flags).process;
  }
  FileAnswer fetch(const std::string& target, const std::string& fields = "", const std::string& method = "GET") {
    return FileRequest(socket_of("b"), target, fields, method).rest();
  }
  static std::string range(std::size_t begin, std::size_t end) {
    return "Range: bytes=" + std::to_string(begin) + "-" + std::to_string(end - 1) + "\r\n";
  }
  /// Waits until a file can be asked for.
  void wait_until_ready(const std::string& target) {
    EventClient events(socket_of("b"));
    while (fetch(target, "", "HEAD").status == 503) {
      if (!events.next()) break;
    }
  }
};

}  // namespace stp::integration
