// WebServerTest: web servers that have the files of a share, good and bad ones (web_seed_server.py), and a download that has
// nothing else. STP_WEB_SEED_SERVER is the path of that script.
#pragma once

#include <algorithm>
#include <optional>
#include <string>

#include "integration/stp_test.h"

namespace stp::integration {

struct WebServer {
  Process* process = nullptr;
  std::string url;  // with a slash at its end

  /// What it has answered so far: "206 /tree/a.bin bytes=0-9 PORT CLIENT_PORT".
  [[nodiscard]] Words answers() const {
    Words lines = process->out_lines();
    if (!lines.empty()) lines.erase(lines.begin());
    return lines;
  }
  void wait_for(const std::string& start) const {
    EXPECT_TRUE(process->wait_stdout([&](const std::string& line) { return line.starts_with(start); }))
        << start << "\n"
        << process->report();
  }
};

/// Adds web servers to a fixture.
template <class Base>
class WithWebServers : public Base {
 protected:
  /// Serves `root` in this mode, which may have an argument and flags.
  WebServer serve(const fs::path& root, const Words& mode) {
    ProcessOptions options;
    options.arguments = {"/usr/bin/python3", STP_WEB_SEED_SERVER, root.string()};
    options.arguments.insert(options.arguments.end(), mode.begin(), mode.end());
    WebServer server;
    server.process = &this->start_program("web", std::move(options));
    const std::optional<std::string> port = server.process->wait_first_line();
    EXPECT_TRUE(port) << server.process->report();
    const bool tls = std::ranges::find(mode, "--tls") != mode.end();
    server.url = (tls ? "https" : "http") + std::string("://127.0.0.1:") + port.value_or("1") + "/";
    return server;
  }
};

class WebServerTest : public WithWebServers<StpTest> {
 protected:
  /// `stp get TARGET` of the user "leech", without the DHT and the local network.
  Process& get_alone(const std::string& target, Words flags = {}) {
    flags.insert(flags.end(), {"--no-dht", "--no-lan"});
    return get("leech", target, flags);
  }
};

}  // namespace stp::integration
