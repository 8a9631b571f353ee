// StpTest: the fixture of all integration tests: real `stp` processes on loopback, each with its own home, ports chosen
// by the kernel, everything ended and removed at the end.
#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdint>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "integration/process.h"
#include "integration/temp_tree.h"

namespace stp::integration {

namespace fs = std::filesystem;
using nlohmann::json;
using Words = std::vector<std::string>;

/// `bytes`, or a fifth under sanitizers.
[[nodiscard]] std::size_t scaled(std::size_t bytes);

/// A seed that is up and has printed its link (always with --json).
struct Seed {
  Process* process = nullptr;
  std::string link;
  std::string endpoint;
  json first;  // its "link" event
};

class StpTest : public testing::Test {
 protected:
  void TearDown() override;

  /// Starts `stp ARGUMENTS` for the user `user`, in the directory user_dir(user).
  Process& start(const std::string& user, Words arguments, const std::string& input = {});
  Process& start(const std::string& user, Words arguments, ProcessOptions options);
  /// Starts a program other than stp in the same environment, e.g. a shell that starts it.
  Process& start_program(const std::string& user, ProcessOptions options);
  /// `stp ARGUMENTS` for a shell.
  [[nodiscard]] static std::string shell_words(const Words& arguments);
  /// Runs it to its end.
  int run(const std::string& user, Words arguments, const std::string& input = {});

  /// `link` without the addresses in it: its peers have to be found.
  [[nodiscard]] static std::string without_hints(std::string link);
  /// `stp share PATHS… FLAGS… --json --listen 127.0.0.1:0`, up and listening. `listen` replaces the address; if it
  /// listens everywhere, the link is without_hints().
  Seed seed(const std::string& user, Words paths, Words flags, const std::string& listen = "127.0.0.1:0");
  /// `stp node`, the first of its DHT; returns its endpoint.
  std::string dht_node(const std::string& user = "node");
  /// `stp tracker`; returns its announce URL.
  std::string tracker(const std::string& user = "tracker", const std::string& listen = "127.0.0.1:0");

  /// `stp get TARGET -o files FLAGS… --json --listen 127.0.0.1:0` in user_dir(user); does not wait for it.
  Process& get(const std::string& user, const std::string& target, Words flags);
  /// Where get() puts its files.
  [[nodiscard]] fs::path files(const std::string& user) { return user_dir(user) / "files"; }

  /// The next event called `name` that satisfies `predicate`; null (with a test failure) if it never comes.
  using EventPredicate = std::function<bool(const json&)>;
  json wait_event(Process& process, const std::string& name, const EventPredicate& predicate = {});
  /// All events called `name` so far.
  static std::vector<json> events(Process& process, const std::string& name);
  /// Its `number`-th status event from now on: what it reports then has been measured after this call.
  json fresh_status(Process& process);

  [[nodiscard]] fs::path dir() const { return temp_.path(); }
  [[nodiscard]] fs::path user_dir(const std::string& user);
  [[nodiscard]] std::map<std::string, std::string> environment(const std::string& user);

  /// The whole answer of the server at 127.0.0.1:`port` to these bytes, until it closes the connection.
  [[nodiscard]] static std::string raw_answer(std::uint16_t port, const std::string& request);
  /// The port of an announce URL "http://HOST:PORT/announce".
  [[nodiscard]] static std::uint16_t port_of(const std::string& url);

  /// Expects the same files with the same contents in both.
  static void expect_same(const fs::path& expected, const fs::path& actual);
  /// Expects that neither NAME.part nor NAME.stp is left in `directory`.
  static void expect_clean(const fs::path& directory);
  /// Waits until the file is old enough for its hash to be remembered.
  static void wait_until_settled(const fs::path& file);

 private:
  TempDirectory temp_;
  std::vector<std::unique_ptr<Process>> processes_;  // destroyed before temp_
};

/// The program under test.
[[nodiscard]] std::string stp_binary();

}  // namespace stp::integration
