// The names of what the daemon holds: a share is found by each hash that its metainfo has, and a link whose hashes are of
// different shares is refused.
#include "integration/daemon_test.h"

namespace stp::integration {
namespace {

using testing::HasSubstr;

/// The link with one of its two hashes: of "btih" or "btmh".
std::string alone(const std::string& link, const std::string& kind) {
  const std::size_t at = link.find("urn:" + kind + ":");
  return "magnet:?xt=" + link.substr(at, link.find('&', at) - at);
}

class DaemonNames : public DaemonTest {
 protected:
  void SetUp() override { write_random(user_dir("seed") / "f.bin", 100'000, 1); }
  Seed hybrid() { return seed("seed", {"f.bin"}, {"--no-dht"}); }
  ApiAnswer order(const std::string& link, json fields = json::object()) {
    json order = get_order("b", link);
    order.update(fields);
    return ask(socket_of("b"), "POST", "/api/shares", order);
  }
  void expect_held(const std::string& link) {
    const ApiAnswer answer = order(link);
    EXPECT_EQ(answer.status, 200) << answer.body;
    EXPECT_EQ(answer.body.value("held", false), true) << link;
  }
};

TEST_F(DaemonNames, AHybridIsHeldUnderEachOfItsHashes) {
  const Seed seed = hybrid();
  daemon("b");
  EventClient events(socket_of("b"));
  const std::int64_t id = add("b", get_order("b", seed.link));
  ASSERT_TRUE(events.wait_state(id, "complete").is_object());
  for (const char* const kind : {"btih", "btmh"}) {
    expect_held(alone(seed.link, kind));
    EXPECT_EQ(run("b", {"pause", alone(seed.link, kind)}), 0) << kind;
  }
  EXPECT_EQ(ask(socket_of("b"), "GET", "/api/shares").body.at("shares").size(), 1U);
}

TEST_F(DaemonNames, OneThatWasAskedForByItsV1HashAloneIsHeldUnderBothOnceThatIsKnown) {
  const Seed seed = hybrid();
  Process& first = daemon("b");
  EventClient events(socket_of("b"));
  json by_v1 = get_order("b", alone(seed.link, "btih"));
  by_v1["peers"] = {seed.endpoint};
  const std::int64_t id = add("b", by_v1);
  ASSERT_TRUE(events.wait_state(id, "complete").is_object());
  expect_held(alone(seed.link, "btmh"));
  EXPECT_THAT(show("b", id).at("share").at("link").get<std::string>(), HasSubstr("urn:btmh:"));
  first.kill();
  seed.process->kill();

  daemon("b");
  expect_held(alone(seed.link, "btmh"));
  expect_held(alone(seed.link, "btih"));
  EventClient restarted(socket_of("b"));
  const json kept = restarted.wait("share", [](const json& share) { return share.at("files") == 1; });
  EXPECT_TRUE(kept.is_object()) << "its metainfo was kept";
  EXPECT_EQ(run("b", {"remove", alone(seed.link, "btmh")}), 0);
}

TEST_F(DaemonNames, ALinkWithHashesOfTwoSharesIsRefused) {
  const Seed seed = hybrid();
  const std::string v1 = alone(seed.link, "btih");
  const std::string mixed = v1 + "&xt=urn:btmh:1220" + std::string(64, 'a');
  Process& get = this->get("a", mixed + "&x.pe=" + seed.endpoint, {"--no-dht", "--no-lan"});
  ASSERT_EQ(get.wait(), 32) << get.report();
  EXPECT_THAT(get.err(), HasSubstr("two info-hashes are of different shares"));

  daemon("b");
  EventClient events(socket_of("b"));
  const std::int64_t id = add("b", get_order("b", mixed + "&x.pe=" + seed.endpoint));
  const json failed = events.wait_state(id, "error");
  ASSERT_TRUE(failed.is_object());
  EXPECT_EQ(failed.at("error").at("kind"), "integrity");
  EXPECT_EQ(run("b", {"remove", std::to_string(id)}), 0);
  EXPECT_TRUE(events.wait("removed").is_object());

  // Of one that is held already, that is known at once.
  const std::int64_t held = add("b", get_order("b", seed.link));
  ASSERT_TRUE(events.wait_state(held, "complete").is_object());
  const ApiAnswer refused = order(mixed);
  EXPECT_EQ(refused.status, 409) << refused.body;
  EXPECT_THAT(refused.body.at("error").at("message").get<std::string>(), HasSubstr("of different shares"));
}

TEST_F(DaemonNames, OtherFilesOfWhatIsHeldAreNotPassedOverInSilence) {
  const std::string link = "magnet:?xt=urn:btmh:1220" + std::string(64, 'b');
  daemon("b");
  ASSERT_EQ(order(link + "&so=0-2").status, 201);
  expect_held(link + "&so=0-2");
  for (const std::string& other : {link + "&so=3", link}) {
    const ApiAnswer refused = order(other);
    EXPECT_EQ(refused.status, 409) << other;
    EXPECT_EQ(refused.body.at("error").at("kind"), "held_otherwise");
    EXPECT_THAT(refused.body.at("error").at("message").get<std::string>(),
                HasSubstr("another choice of files; to get others, too, remove it"));
  }
  EXPECT_EQ(order(link + "&so=0-2", {{"only", {"*.txt"}}}).status, 409) << "a choice counts more than the link's";

  // Everything is wanted already.
  const std::string all = "magnet:?xt=urn:btmh:1220" + std::string(64, 'c');
  ASSERT_EQ(order(all).status, 201);
  expect_held(all + "&so=3");
  EXPECT_EQ(order(all, {{"only", {"*.txt"}}}).status, 200);
}

}  // namespace
}  // namespace stp::integration
