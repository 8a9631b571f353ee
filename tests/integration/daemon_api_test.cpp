// Every call that the daemon refuses, and why (docs/api.md "Errors").
#include <sys/resource.h>

#include "integration/daemon_test.h"

namespace stp::integration {
namespace {

#if defined(__SANITIZE_THREAD__)
constexpr bool kThreadSanitizer = true;
#elif defined(__has_feature)
constexpr bool kThreadSanitizer = __has_feature(thread_sanitizer);
#else
constexpr bool kThreadSanitizer = false;
#endif

class DaemonApi : public DaemonTest {};

struct RefusedRequest {
  const char* what;
  std::string request;
  int status;
  const char* kind;
};

std::string head(const std::string& line, const std::string& fields = "Host: stp\r\n", const std::string& body = "") {
  return line + " HTTP/1.1\r\nConnection: close\r\n" + fields + "\r\n" + body;
}

const std::string kJsonType = "Host: stp\r\nContent-Type: application/json\r\n";

TEST_F(DaemonApi, EveryRefusalHasItsKindAndTheVersions) {
  write_file(user_dir("a") / "one/f", "1");
  write_file(user_dir("a") / "two/f", "2");
  daemon("a");
  EventClient events(socket_of("a"));
  const std::int64_t id = add("a", seed_order(user_dir("a") / "one/f"));
  add("a", seed_order(user_dir("a") / "two/f"));
  ASSERT_TRUE(events.wait_state(id, "seeding").is_object());
  const RefusedRequest rows[] = {
      {"not HTTP", "hello\r\n\r\n", 400, "bad_request"},
      {"not JSON", head("POST /api/shares", kJsonType + "Content-Length: 1\r\n", "{"), 400, "bad_request"},
      {"a field that is wrong", api_request("POST", "/api/shares", {{"kind", "seed"}, {"paths", {"here"}}}), 400,
       "bad_request"},
      {"a later kind", api_request("POST", "/api/shares", {{"kind", "cloud"}}), 400, "bad_request"},
      {"what is shared of a file", api_request("GET", share_target(id, "/shared")), 400, "bad_request"},
      {"no link", api_request("POST", "/api/shares", get_order("a", "hello")), 400, "bad_request"},
      {"an unknown parameter", api_request("DELETE", share_target(id, "?all=1")), 400, "bad_request"},
      {"a page in a browser", head("GET /api/shares", "Host: stp\r\nOrigin: null\r\n"), 403, "foreign_page"},
      {"a page that posts",
       head("POST /api/shares", kJsonType + "Origin: https://example.org\r\nContent-Length: 2\r\n", "{}"), 403,
       "foreign_page"},
      {"an unknown call", api_request("GET", "/api/other"), 404, "not_found"},
      {"an unknown action", api_request("POST", share_target(id, "/stop")), 404, "not_found"},
      {"an unknown share", api_request("GET", "/api/shares/77"), 404, "not_found"},
      {"an unknown method", head("PATCH /api/shares"), 405, "wrong_method"},
      {"a method of other calls", api_request("DELETE", "/api/shares"), 405, "wrong_method"},
      {"a name that two have", api_request("POST", "/api/shares/f/pause"), 409, "ambiguous"},
      {"data that was shared in place", api_request("DELETE", share_target(id, "?data=1")), 409, "own_files"},
      {"no length", head("POST /api/shares", kJsonType), 411, "no_length"},
      {"a long body", head("POST /api/shares", kJsonType + "Content-Length: 9999999\r\n"), 413, "too_long"},
      {"a form", head("POST /api/shares", "Host: stp\r\nContent-Type: text/plain\r\nContent-Length: 2\r\n", "{}"), 415,
       "not_json"},
      {"no type", head("DELETE " + share_target(id)), 415, "not_json"},
      {"a host that is not ours", head("GET /api/shares", "Host: example.org\r\n"), 421, "wrong_host"},
      {"no host", head("GET /api/shares", ""), 421, "wrong_host"},
      {"a long head", head("GET /api/shares", "Host: stp\r\nX: " + std::string(9000, 'x') + "\r\n"), 431,
       "head_too_long"},
  };
  for (const RefusedRequest& row : rows) {
    const ApiAnswer answer = ask_raw(socket_of("a"), row.request);
    EXPECT_EQ(answer.status, row.status) << row.what;
    ASSERT_TRUE(answer.body.is_object()) << row.what;
    EXPECT_EQ(answer.body.at("error").at("kind"), row.kind) << row.what << answer.body;
    EXPECT_FALSE(answer.body.at("error").at("message").get<std::string>().empty());
    EXPECT_EQ(answer.body.at("api"), 1);
    EXPECT_TRUE(answer.body.at("version").is_string());
  }
  EXPECT_EQ(ask(socket_of("a"), "GET", "/api/shares").body.at("shares").size(), 2U) << "nothing has changed";
}

TEST_F(DaemonApi, AChangeThatCanNotBeStoredIsSaid) {
  write_file(user_dir("a") / "f", "1");
  ProcessOptions options;
  options.arguments = {"/bin/sh", "-c",
                       "ulimit -f 4; exec " + shell_words({"daemon", "--json", "--no-dht", "--listen", "127.0.0.1:0"})};
  Process& process = start_program("a", options);
  ASSERT_TRUE(wait_event(process, "ready").is_object()) << process.report();
  ApiAnswer answer;
  std::size_t held = 0;
  for (int i = 0; i < 200; ++i) {
    json order = seed_order(user_dir("a") / "f");
    order["name"] = "name" + std::to_string(i);
    answer = ask(socket_of("a"), "POST", "/api/shares", order);
    if (answer.status != 201) break;
    ++held;
  }
  EXPECT_EQ(answer.status, 500);
  EXPECT_EQ(answer.body.at("error").at("kind"), "not_stored");
  EXPECT_EQ(ask(socket_of("a"), "GET", "/api/shares").body.at("shares").size(), held) << "it is not held";
  process.kill();
  daemon("a");
  EXPECT_EQ(ask(socket_of("a"), "GET", "/api/shares").body.at("shares").size(), held);
}

TEST_F(DaemonApi, RequestsOfOneConnectionAreAnsweredInOrder) {
  daemon("a");
  const UnixClient client(socket_of("a"));
  const std::string get = "GET /api/daemon HTTP/1.1\r\nHost: stp\r\n\r\n";
  client.send(get + get + "GET /api/other HTTP/1.1\r\nHost: localhost:80\r\nConnection: close\r\n\r\n");
  std::string text;
  for (std::string more = client.receive(); !more.empty(); more = client.receive()) text += more;
  std::size_t at = 0;
  for (const char* line : {"HTTP/1.1 200 ", "HTTP/1.1 200 ", "HTTP/1.1 404 "}) {
    at = text.find(line, at);
    ASSERT_NE(at, std::string::npos) << text;
    ++at;
  }
}

TEST_F(DaemonApi, EventsBeginWithThePresentAndGoOnWithChanges) {
  write_file(user_dir("a") / "f", "1");
  daemon("a");
  const std::int64_t id = add("a", seed_order(user_dir("a") / "f"));
  EventClient events(socket_of("a"));
  const std::optional<EventClient::Event> first = events.next();
  ASSERT_TRUE(first.has_value());
  EXPECT_EQ(first->name, "daemon");
  EXPECT_EQ(first->data.at("api"), 1);
  const std::optional<EventClient::Event> second = events.next();
  ASSERT_TRUE(second.has_value());
  EXPECT_EQ(second->name, "share");
  EXPECT_EQ(second->data.at("id"), id);
  ASSERT_TRUE(events.wait("ready").is_object());
  EXPECT_EQ(ask(socket_of("a"), "POST", share_target(id, "/pause")).status, 200);
  EXPECT_TRUE(events.wait_state(id, "paused").is_object());
  EXPECT_EQ(ask(socket_of("a"), "DELETE", share_target(id)).status, 200);
  EXPECT_EQ(events.wait("removed").at("id"), id);
}

TEST_F(DaemonApi, ListenersLeaveSeatsToRequests) {
  constexpr std::size_t kListenersMax = 32;
  daemon("a");
  std::vector<std::unique_ptr<EventClient>> listeners;
  for (std::size_t i = 0; i < kListenersMax; ++i) {
    listeners.push_back(std::make_unique<EventClient>(socket_of("a")));
    ASSERT_TRUE(listeners.back()->wait("ready").is_object());
  }
  const ApiAnswer refused = ask(socket_of("a"), "GET", "/api/events");
  EXPECT_EQ(refused.status, 503);
  EXPECT_EQ(refused.body.at("error").at("kind"), "listeners") << refused.body;
  EXPECT_EQ(ask(socket_of("a"), "GET", "/api/daemon").status, 200);
  listeners.pop_back();
  // Its end is noticed soon.
  const auto deadline = std::chrono::steady_clock::now() + patience();
  bool listens = false;
  while (!listens && std::chrono::steady_clock::now() < deadline) {
    listens = EventClient(socket_of("a")).next().has_value();
  }
  EXPECT_TRUE(listens);
}

TEST_F(DaemonApi, OnAFullDiskWhatIsHeldGoesOnAndNothingIsAdded) {
  if (kThreadSanitizer) GTEST_SKIP() << "a program with ThreadSanitizer writes a file itself as it starts";
  write_file(user_dir("a") / "f", "1");
  write_file(user_dir("a") / "g", "2");
  Process& first = daemon("a");
  EventClient events(socket_of("a"));
  const std::int64_t id = add("a", seed_order(user_dir("a") / "f"));
  ASSERT_TRUE(events.wait_state(id, "seeding").is_object());
  first.kill();
  ProcessOptions options;  // no file may have a single byte more
  options.arguments = {"/bin/sh", "-c",
                       "ulimit -f 0; exec " + shell_words({"daemon", "--json", "--no-dht", "--listen", "127.0.0.1:0"})};
  Process& full = start_program("a", options);
  ASSERT_TRUE(wait_event(full, "ready").is_object()) << full.report();
  EXPECT_THAT(full.err(), testing::HasSubstr("changes may not be recorded: "));
  EventClient again(socket_of("a"));
  ASSERT_TRUE(again.wait_state(id, "seeding").is_object());
  const ApiAnswer refused = ask(socket_of("a"), "POST", "/api/shares", seed_order(user_dir("a") / "g"));
  EXPECT_EQ(refused.status, 500);
  EXPECT_EQ(refused.body.at("error").at("kind"), "not_stored") << refused.body;
  full.kill();
  daemon("a");
  EXPECT_EQ(ask(socket_of("a"), "GET", "/api/shares").body.at("shares").size(), 1U);
}

TEST_F(DaemonApi, WhatIsHeldAlreadyIsNotHeldTwice) {
  write_file(user_dir("a") / "f", "1");
  daemon("a");
  const std::int64_t id = add("a", seed_order(user_dir("a") / "f"));
  const ApiAnswer again = ask(socket_of("a"), "POST", "/api/shares", seed_order(user_dir("a") / "f"));
  EXPECT_EQ(again.status, 200);
  EXPECT_EQ(again.body.at("held"), true);
  EXPECT_EQ(again.body.at("share").at("id"), id);
}

}  // namespace
}  // namespace stp::integration
