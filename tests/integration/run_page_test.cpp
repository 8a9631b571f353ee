// `--web` of share, get and node: the daemon's API to look at, for what the command does.
#include <map>

#include "integration/stp_test.h"

namespace stp::integration {
namespace {

using testing::HasSubstr;

class RunPageTest : public StpTest {
 protected:
  struct Answer {
    int status = 0;
    json body;
  };
  static Answer ask(std::uint16_t port, const std::string& method, const std::string& target,
                    const std::string& body = "") {
    std::string request = method + " " + target + " HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n";
    if (method == "POST") {
      request += "Content-Type: application/json\r\nContent-Length: " + std::to_string(body.size()) + "\r\n";
    }
    const std::string answer = raw_answer(port, request + "\r\n" + body);
    const std::size_t head = answer.find("\r\n\r\n");
    if (!answer.starts_with("HTTP/1.1 ") || head == std::string::npos) return {};
    return {std::stoi(answer.substr(9, 3)), json::parse(answer.substr(head + 4), nullptr, false)};
  }
  std::uint16_t page_of(Process& process) {
    return port_of(wait_event(process, "web").value("url", "http://127.0.0.1:1/"));
  }
};

TEST_F(RunPageTest, AShareIsSeenAndNotChanged) {
  write_file(user_dir("alice") / "some file", std::string(50'000, 'x'));
  const Seed shared = seed("alice", {"some file"}, {"--no-dht", "--no-lan", "--web=127.0.0.1:0"});
  const std::uint16_t port = page_of(*shared.process);
  const Answer list = ask(port, "GET", "/api/shares");
  ASSERT_EQ(list.status, 200) << list.body;
  ASSERT_EQ(list.body.at("shares").size(), 1U);
  const json& share = list.body.at("shares").at(0);
  EXPECT_EQ(share.at("id"), 1);
  EXPECT_EQ(share.at("kind"), "seed");
  EXPECT_EQ(share.at("state"), "seeding");
  EXPECT_EQ(share.at("name"), "some file");
  EXPECT_EQ(share.at("bytes"), 50'000);
  EXPECT_EQ(share.at("link"), shared.link);
  EXPECT_EQ(ask(port, "GET", "/api/shares/some%20file").body.at("peers"), json::array());
  EXPECT_TRUE(ask(port, "GET", "/api/daemon").body.at("daemon").at("read_only").get<bool>());
  EXPECT_EQ(ask(port, "GET", "/stats.json").body.at("stp_share_size_bytes").at(0).at("value"), 50'000);
  EXPECT_THAT(raw_answer(port, "GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n"),
              HasSubstr("<!doctype html>"));

  for (const char* const change : {"/api/shares/1/pause", "/api/shares/1/resume"}) {
    const Answer refused = ask(port, "POST", change);
    EXPECT_EQ(refused.status, 403) << change;
    EXPECT_EQ(refused.body.at("error").at("kind"), "read_only") << change;
  }
  EXPECT_EQ(ask(port, "DELETE", "/api/shares/1").status, 415);  // not JSON: the checks of the daemon's page hold
  EXPECT_EQ(ask(port, "GET", "/api/shares/2").status, 404);
  const Answer limited = ask(port, "POST", "/api/daemon/limits", R"({"up_limit":1000,"down_limit":0})");
  EXPECT_EQ(limited.body.at("daemon").at("settings").at("up_limit"), 1000);
  EXPECT_THAT(raw_answer(port, "GET /api/shares HTTP/1.1\r\nHost: evil.example\r\nConnection: close\r\n\r\n"),
              HasSubstr("HTTP/1.1 421"));
  EXPECT_EQ(shared.process->interrupt(), 0);
}

TEST_F(RunPageTest, AFolderThatIsFollowedIsSeenAsItChanges) {
  const fs::path tree = user_dir("alice") / "tree";
  write_file(tree / "a.txt", "of a");
  write_file(tree / "sub/b.bin", std::string(5000, 'b'));
  Process& process = start("alice", {"share", "--each", "--watch", "tree", "--json", "--no-dht", "--no-lan",
                                     "--no-port-map", "--listen", "127.0.0.1:0", "--web=127.0.0.1:0"});
  const std::uint16_t port = page_of(process);
  const auto wait_shared = [&](std::size_t count) {
    return wait_event(process, "folder_status", [&](const json& event) {
      return event.at("shared") == count && event.at("settled").get<bool>();
    });
  };
  ASSERT_TRUE(wait_shared(2).is_object()) << process.report();
  const json share = ask(port, "GET", "/api/shares").body.at("shares").at(0);
  EXPECT_EQ(share.at("id"), 1);
  EXPECT_EQ(share.at("kind"), "folder");
  EXPECT_EQ(share.at("state"), "seeding");
  EXPECT_EQ(share.at("name"), "tree");
  EXPECT_EQ(share.at("each"), true);
  EXPECT_EQ(share.at("shared"), 2);
  EXPECT_EQ(share.at("bytes"), 5004);
  EXPECT_EQ(share.at("link"), nullptr);
  EXPECT_EQ(ask(port, "GET", "/api/shares/tree").body.at("peers"), json::array());
  EXPECT_EQ(ask(port, "GET", "/api/shares/1/chunks").body.at("chunks").at("count"), 0);
  EXPECT_EQ(ask(port, "GET", "/api/daemon").body.at("daemon").at("shares"), 1);
  std::map<std::string, json> shared;
  const Answer listed = ask(port, "GET", "/api/shares/1/shared");
  for (const json& entry : listed.body.at("shared")) shared[entry.at("path")] = entry;
  ASSERT_EQ(shared.size(), 2U);
  const json said = wait_event(process, "shared", [](const json& event) { return event.at("path") == "a.txt"; });
  EXPECT_EQ(shared.at("a.txt").at("link"), said.at("link"));
  EXPECT_THAT(raw_answer(port, "GET " + shared.at("a.txt").at("address").get<std::string>() +
                                   " HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n"),
              HasSubstr("\r\n\r\nof a"));

  fs::remove(tree / "a.txt");
  ASSERT_TRUE(wait_shared(1).is_object()) << process.report();
  EXPECT_EQ(ask(port, "GET", "/api/shares/1/files").body.at("count"), 1);
  EXPECT_EQ(ask(port, "GET", "/api/shares/1/files/a.txt").body.at("error").at("kind"), "not_found");
  EXPECT_EQ(ask(port, "POST", "/api/shares/1/pause").body.at("error").at("kind"), "read_only");
  EXPECT_EQ(ask(port, "GET", "/stats.json").body.at("stp_share_size_bytes").at(0).at("value"), 5000);
  EXPECT_EQ(process.interrupt(), 0);
}

TEST_F(RunPageTest, AFolderThatIsOneShareHasItsLinkOfNow) {
  write_file(user_dir("alice") / "tree/a.txt", "of a");
  Process& process = start("alice", {"share", "--watch", "tree", "--json", "--no-dht", "--no-lan", "--no-port-map",
                                     "--listen", "127.0.0.1:0", "--web=127.0.0.1:0"});
  const std::uint16_t port = page_of(process);
  const json first = wait_event(process, "shared");
  EXPECT_EQ(ask(port, "GET", "/api/shares/1").body.at("share").at("link"), first.at("link"));
  write_file(user_dir("alice") / "tree/b.txt", "of b");
  const json second =
      wait_event(process, "shared", [&](const json& event) { return event.at("link") != first.at("link"); });
  const json share = ask(port, "GET", "/api/shares/1").body.at("share");
  EXPECT_EQ(share.at("link"), second.at("link"));
  EXPECT_EQ(share.at("each"), false);
  const json listed = ask(port, "GET", "/api/shares/1/files").body.at("files");
  ASSERT_EQ(listed.size(), 2U);
  EXPECT_EQ(listed.at(1).at("path"), "b.txt");
  EXPECT_EQ(process.interrupt(), 0);
}

TEST_F(RunPageTest, DownloadsAreSeenUntilTheirEnd) {
  write_random(user_dir("alice") / "one", 100'000, 1);
  write_random(user_dir("alice") / "two", 100'000, 2);
  const Seed one = seed("alice", {"one"}, {"--no-dht", "--no-lan"});
  const Seed two = seed("bob", {(user_dir("alice") / "two").string()}, {"--no-dht", "--no-lan"});
  Process& both = get("carol", one.link, {two.link, "--no-dht", "--no-lan", "--seed", "--web=127.0.0.1:0"});
  const std::uint16_t port = page_of(both);
  for (const Seed* const of : {&one, &two}) {
    const std::string info_hash = of->first.at("info_hash");
    (void)wait_event(both, "complete", [&](const json& event) { return event.value("share", "") == info_hash; });
  }
  const Answer list = ask(port, "GET", "/api/shares");
  ASSERT_EQ(list.body.at("shares").size(), 2U) << list.body;
  for (const json& share : list.body.at("shares")) {
    EXPECT_EQ(share.at("kind"), "get");
    EXPECT_EQ(share.at("state"), "seeding");
    EXPECT_EQ(share.at("done"), 100'000);
    EXPECT_EQ(share.at("of"), 100'000);
    EXPECT_EQ(share.at("directory"), files("carol").string());
  }
  EXPECT_EQ(ask(port, "GET", "/api/shares/one/chunks").body.at("chunks").at("had").back(), 100);
  EXPECT_EQ(both.interrupt(), 0);
}

TEST_F(RunPageTest, ANodeShowsItsTable) {
  Process& node =
      start("node", {"node", "--json", "--listen", "127.0.0.1:0", "--bootstrap", "none", "--web=127.0.0.1:0"});
  const std::uint16_t port = page_of(node);
  EXPECT_EQ(ask(port, "GET", "/api/shares").body.at("shares"), json::array());
  EXPECT_EQ(ask(port, "GET", "/api/dht").body.at("dht").at("families").at(0).at("family"), "IPv4");
  EXPECT_EQ(ask(port, "GET", "/api/log").body.at("log").is_array(), true);
  EXPECT_EQ(node.interrupt(), 0);
}

}  // namespace
}  // namespace stp::integration
