// DaemonTest: tests with `stp daemon`, each user's with a state directory and a socket of its own.
#pragma once

#include <fcntl.h>
#include <signal.h>
#include <sys/file.h>
#include <unistd.h>

#include <set>
#include <string>

#include "integration/daemon_client.h"
#include "integration/stp_test.h"

namespace stp::integration {

class DaemonTest : public StpTest {
 protected:
  void TearDown() override {
    for (const std::string& user : detached_) stop_detached(user);
    StpTest::TearDown();
  }

  [[nodiscard]] fs::path state_dir(const std::string& user) { return user_dir(user) / ".home/state/stp"; }
  [[nodiscard]] fs::path socket_of(const std::string& user) { return state_dir(user) / "daemon/daemon.sock"; }

  /// `stp daemon`, ready.
  Process& daemon(const std::string& user, Words flags = {}) {
    Words words = {"daemon", "--json", "--no-dht", "--listen", "127.0.0.1:0"};
    words.insert(words.end(), flags.begin(), flags.end());
    Process& process = start(user, words);
    EXPECT_TRUE(wait_event(process, "ready").is_object()) << process.report();
    return process;
  }
  /// Adds a share; its number.
  std::int64_t add(const std::string& user, const json& order) {
    const ApiAnswer answer = ask(socket_of(user), "POST", "/api/shares", order);
    EXPECT_EQ(answer.status, 201) << answer.body;
    return answer.status == 201 ? answer.body.at("share").at("id").get<std::int64_t>() : 0;
  }
  static json seed_order(const fs::path& path) { return {{"kind", "seed"}, {"paths", {path.string()}}}; }
  json get_order(const std::string& user, const std::string& link) {
    return {{"kind", "get"}, {"link", link}, {"directory", files(user).string()}};
  }
  json show(const std::string& user, std::int64_t id) {
    return ask(socket_of(user), "GET", "/api/shares/" + std::to_string(id)).body;
  }
  static std::string share_target(std::int64_t id, const std::string& rest = "") {
    return "/api/shares/" + std::to_string(id) + rest;
  }

  /// A daemon that a command has started is not a child of this process.
  void expect_detached(const std::string& user) { detached_.insert(user); }
  void stop_detached(const std::string& user) {
    const fs::path file = state_dir(user) / "daemon/daemon.lock";
    const int lock = ::open(file.c_str(), O_RDWR | O_CLOEXEC);
    if (lock < 0) return;
    if (::flock(lock, LOCK_EX | LOCK_NB) != 0) {
      ::kill(static_cast<pid_t>(std::stol(read_file(file))), SIGKILL);
      EXPECT_EQ(::flock(lock, LOCK_EX), 0);  // waits for its end
    }
    ::close(lock);
  }

 private:
  std::set<std::string> detached_;
};

}  // namespace stp::integration
