#include "integration/stp_test.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <iostream>

namespace stp::integration {

std::string stp_binary() {
  return STP_BINARY;
}

std::size_t scaled(std::size_t bytes) {
#ifdef STP_SANITIZED
  return bytes / 5;
#else
  return bytes;
#endif
}

void StpTest::TearDown() {
  for (const std::unique_ptr<Process>& process : processes_) process->kill();
  for (const std::unique_ptr<Process>& process : processes_) {
    // A sanitizer's report shows in the exit code only of a process that ended by itself.
    for (const char* mark : {"Sanitizer: ", "runtime error: ", "internal error: "}) {
      EXPECT_EQ(process->err().find(mark), std::string::npos) << mark;
    }
  }
  if (!HasFailure()) return;
  for (const std::unique_ptr<Process>& process : processes_) std::cerr << process->report();
}

fs::path StpTest::user_dir(const std::string& user) {
  const fs::path directory = dir() / user;
  fs::create_directories(directory);
  return directory;
}

std::map<std::string, std::string> StpTest::environment(const std::string& user) {
  const fs::path home = user_dir(user) / ".home";
  fs::create_directories(home);
  std::map<std::string, std::string> variables = {{"HOME", home.string()},
                                                  {"XDG_STATE_HOME", (home / "state").string()},
                                                  {"XDG_CACHE_HOME", (home / "cache").string()},
                                                  {"XDG_CONFIG_HOME", (home / "config").string()},
                                                  {"TMPDIR", dir().string()},
                                                  // Multicast is for tests with a network of their own.
                                                  {"STP_NO_LAN", "1"},
                                                  {"STP_PORT_MAP", "0"}};
  for (const char* name :
       {"PATH", "ASAN_OPTIONS", "UBSAN_OPTIONS", "TSAN_OPTIONS", "LSAN_OPTIONS", "ASAN_SYMBOLIZER_PATH"}) {
    if (const char* value = std::getenv(name); value != nullptr) variables[name] = value;
  }
  return variables;
}

Process& StpTest::start(const std::string& user, Words arguments, const std::string& input) {
  ProcessOptions options;
  options.input = input;
  return start(user, std::move(arguments), std::move(options));
}

Process& StpTest::start(const std::string& user, Words arguments, ProcessOptions options) {
  options.arguments = {stp_binary()};
  options.arguments.insert(options.arguments.end(), arguments.begin(), arguments.end());
  return start_program(user, std::move(options));
}

std::string StpTest::shell_words(const Words& arguments) {
  std::string line = "'" + stp_binary() + "'";
  for (const std::string& word : arguments) line += " '" + word + "'";
  return line;
}

Process& StpTest::start_program(const std::string& user, ProcessOptions options) {
  if (options.directory.empty()) options.directory = user_dir(user);
  options.environment.merge(environment(user));
  processes_.push_back(std::make_unique<Process>(std::move(options)));
  return *processes_.back();
}

int StpTest::run(const std::string& user, Words arguments, const std::string& input) {
  return start(user, std::move(arguments), input).wait();
}

std::string StpTest::without_hints(std::string link) {
  for (std::size_t at = 0; (at = link.find("&x.pe=")) != std::string::npos;) {
    link.erase(at, link.find('&', at + 1) - at);
  }
  return link;
}

Seed StpTest::seed(const std::string& user, Words paths, Words flags, const std::string& listen) {
  Words arguments = {"share", "--json", "--listen", listen};
  arguments.insert(arguments.end(), flags.begin(), flags.end());
  arguments.insert(arguments.end(), paths.begin(), paths.end());
  Seed seed;
  seed.process = &start(user, arguments);
  seed.first = wait_event(*seed.process, "link");
  const json listening = wait_event(*seed.process, "listening");
  if (seed.first.is_object()) seed.link = seed.first.at("link");
  if (listen.starts_with("0.0.0.0:") || listen.starts_with("[::]:")) seed.link = without_hints(seed.link);
  if (listening.is_object()) seed.endpoint = listening.at("endpoint");
  return seed;
}

std::string StpTest::dht_node(const std::string& user) {
  Process& node = start(user, {"node", "--listen", "127.0.0.1:0", "--bootstrap", "none"});
  const std::optional<std::string> line = node.wait_first_line();
  EXPECT_TRUE(line) << node.report();
  return line.value_or("");
}

std::string StpTest::tracker(const std::string& user, const std::string& listen) {
  Process& tracker = start(user, {"tracker", "--listen", listen});
  const std::optional<std::string> line = tracker.wait_first_line();
  EXPECT_TRUE(line) << tracker.report();
  return line.value_or("");
}

Process& StpTest::get(const std::string& user, const std::string& target, Words flags) {
  Words arguments = {"get", target, "-o", "files", "--json", "--listen", "127.0.0.1:0"};
  arguments.insert(arguments.end(), flags.begin(), flags.end());
  return start(user, arguments);
}

json StpTest::wait_event(Process& process, const std::string& name, const EventPredicate& predicate) {
  const std::optional<std::string> line = process.wait_stdout([&](const std::string& text) {
    const json event = json::parse(text, nullptr, false);
    return event.is_object() && event.value("event", "") == name && (!predicate || predicate(event));
  });
  EXPECT_TRUE(line) << "no such event: " << name << "\n" << process.report();
  return line ? json::parse(*line) : json();
}

std::vector<json> StpTest::events(Process& process, const std::string& name) {
  std::vector<json> found;
  for (const std::string& line : process.out_lines()) {
    json event = json::parse(line, nullptr, false);
    if (event.is_object() && event.value("event", "") == name) found.push_back(std::move(event));
  }
  return found;
}

json StpTest::fresh_status(Process& process) {
  std::size_t from = process.out().size();
  from = from == 0 ? 0 : process.out().rfind('\n', from - 1) + 1;
  json last;
  for (int i = 0; i < 2; ++i) {  // the first may have been on its way already
    const std::optional<std::string> line = process.wait_stdout(
        [](const std::string& text) { return text.find("\"event\":\"status\"") != std::string::npos; }, from);
    EXPECT_TRUE(line) << process.report();
    if (line) last = json::parse(*line);
  }
  return last;
}

std::string StpTest::raw_answer(std::uint16_t port, const std::string& request) {
  const int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  EXPECT_EQ(::connect(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address), 0);
  EXPECT_EQ(::send(fd, request.data(), request.size(), MSG_NOSIGNAL), static_cast<ssize_t>(request.size()));
  std::string reply;
  std::array<char, 4096> buffer{};
  for (ssize_t got = 0; (got = ::recv(fd, buffer.data(), buffer.size(), 0)) > 0;) {
    reply.append(buffer.data(), static_cast<std::size_t>(got));
  }
  ::close(fd);
  return reply;
}

std::uint16_t StpTest::port_of(const std::string& url) {
  return static_cast<std::uint16_t>(std::stoul(url.substr(url.rfind(':') + 1)));
}

void StpTest::expect_same(const fs::path& expected, const fs::path& actual) {
  const std::map<std::string, std::string> a = contents_of(expected);
  const std::map<std::string, std::string> b = contents_of(actual);
  EXPECT_FALSE(a.empty()) << expected;
  EXPECT_EQ(a.size(), b.size()) << actual;
  for (const auto& [path, contents] : a) {  // not EXPECT_EQ on the contents: megabytes of noise
    const auto found = b.find(path);
    ASSERT_NE(found, b.end()) << "missing: " << path;
    EXPECT_TRUE(found->second == contents) << "differs: " << path;
  }
}

void StpTest::expect_clean(const fs::path& directory) {
  for (const fs::directory_entry& entry : fs::directory_iterator(directory)) {
    EXPECT_NE(entry.path().extension(), ".part") << entry.path();
    EXPECT_NE(entry.path().extension(), ".stp") << entry.path();
  }
}

void StpTest::wait_until_settled(const fs::path& file) {
  constexpr std::int64_t kSettledMs = 2'200;
  const auto age_ms = [&] {
    struct stat status {};
    timespec now{};
    if (::stat(file.c_str(), &status) != 0 || ::clock_gettime(CLOCK_REALTIME, &now) != 0) return std::int64_t{-1};
    return (now.tv_sec - status.st_ctim.tv_sec) * std::int64_t{1000} +
           (now.tv_nsec - status.st_ctim.tv_nsec) / 1'000'000;
  };
  for (std::int64_t age = age_ms(); age < kSettledMs; age = age_ms()) {
    ASSERT_GE(age, 0) << file;
    ::poll(nullptr, 0, static_cast<int>(kSettledMs - age));
  }
}

}  // namespace stp::integration
