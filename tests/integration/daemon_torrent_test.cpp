// .torrent files that the daemon is given: dropped on the dashboard, or with the data that they describe (`share
// FILE.torrent PATH -b`).
#include "core/bytes.h"
#include "crypto/base64url.h"
#include "integration/daemon_test.h"
#include "integration/web_server_test.h"

namespace stp::integration {
namespace {

using testing::HasSubstr;

class DaemonTorrent : public WithWebServers<DaemonTest> {
 protected:
  void SetUp() override {
    write_random(tree() / "a.bin", 300'000, 1);
    write_random(tree() / "sub/b.bin", 40'001, 2);
  }
  [[nodiscard]] fs::path tree() { return user_dir("maker") / "tree"; }
  /// A .torrent of `what`, and its bytes. Nobody shares it when this returns.
  fs::path torrent(const std::string& what, Words flags) {
    const fs::path file = user_dir("maker") / (what + ".torrent");
    flags.insert(flags.end(), {"--no-dht", "--no-lan", "--torrent", file.string()});
    made_ = seed("maker", {what}, flags);
    EXPECT_EQ(made_.process->interrupt(), 0) << made_.process->report();
    return file;
  }
  /// As the dashboard does it: the link that the daemon makes of it is ordered.
  json drop(const std::string& bytes) {
    const ApiAnswer kept =
        ask(socket_of("b"), "POST", "/api/torrents", {{"data", crypto::to_base64url(as_bytes(bytes))}});
    EXPECT_EQ(kept.status, 200) << kept.body;
    (void)add("b", get_order("b", kept.body.at("link")));
    return kept.body;
  }

  Seed made_;
};

TEST_F(DaemonTorrent, ADroppedOneIsFetchedFromItsWebSeeds) {
  const WebServer server = serve(user_dir("maker"), {"good"});
  const fs::path file = torrent("tree", {"--web-seed", server.url, "--tracker", "http://127.0.0.1:1/announce"});
  daemon("b");
  EventClient events(socket_of("b"));
  const json kept = drop(read_file(file));
  EXPECT_THAT(kept.at("link").get<std::string>(), HasSubstr("&ws=http%3A%2F%2F127.0.0.1"));
  EXPECT_THAT(kept.at("link").get<std::string>(), HasSubstr("&tr=http"));
  ASSERT_TRUE(events.wait_state(1, "complete").is_object());
  expect_same(tree(), files("b") / "tree");
}

// BEP 17: a link has no word for them.
TEST_F(DaemonTorrent, ADroppedOneIsFetchedFromItsHttpSeeds) {
  write_random(user_dir("maker") / "one.bin", 10'000, 3);
  const WebServer server = serve(user_dir("maker") / "one.bin", {"pieces", "16384"});
  std::string bytes = read_file(torrent("one.bin", {}));
  const std::string url = server.url + "seed";
  bytes.insert(bytes.find("4:info"), "9:httpseedsl" + std::to_string(url.size()) + ":" + url + "e");
  daemon("b");
  EventClient events(socket_of("b"));
  (void)drop(bytes);
  ASSERT_TRUE(events.wait_state(1, "complete").is_object());
  expect_same(user_dir("maker") / "one.bin", files("b") / "one.bin");
}

TEST_F(DaemonTorrent, WhatItDescribesIsSharedAlsoAfterARestart) {
  const fs::path file = torrent("tree", {"--tracker", "http://127.0.0.1:1/announce"});
  fs::copy(tree(), user_dir("a") / "copy", fs::copy_options::recursive);
  Process& first = daemon("a");
  Process& share = start("a", {"share", file.string(), "copy", "-b", "--json", "--no-dht"});
  EXPECT_EQ(share.wait(), 0) << share.report();
  const json told = wait_event(share, "link");
  EXPECT_EQ(told.at("info_hash"), made_.first.at("info_hash"));
  EXPECT_THAT(told.at("link").get<std::string>(), HasSubstr("&tr=http"));
  EXPECT_EQ(run("a", {"share", file.string(), "copy", "-b", "--no-dht"}), 0) << "it is held already";
  first.kill();
  fs::remove(file);  // it was read once
  daemon("a");
  EventClient events(socket_of("a"));
  const json seeding = events.wait_state(1, "seeding");
  ASSERT_TRUE(seeding.is_object());
  EXPECT_EQ(seeding.at("info_hash"), told.at("info_hash"));
  Process& get = this->get("one", seeding.at("link"), {"--no-dht"});
  EXPECT_EQ(get.wait(), 0) << get.report();
  expect_same(tree(), files("one") / "tree");
}

TEST_F(DaemonTorrent, WhatIsNotAsItDescribesIsNotHeld) {
  const fs::path file = torrent("tree", {});
  fs::copy(tree(), user_dir("a") / "copy", fs::copy_options::recursive);
  flip_byte(user_dir("a") / "copy/a.bin", 123'456);
  daemon("a");
  Process& share = start("a", {"share", file.string(), "copy", "-b", "--no-dht"});
  EXPECT_EQ(share.wait(), 32) << share.report();
  EXPECT_EQ(share.out(), "");
  EXPECT_THAT(share.err(), HasSubstr("is not what"));
  EXPECT_THAT(share.err(), HasSubstr("a.bin"));
  EventClient events(socket_of("a"));
  ASSERT_TRUE(events.wait("ready").is_object());
  const json held = ask(socket_of("a"), "GET", "/api/shares").body.at("shares");
  for (const json& left : held) {
    EXPECT_EQ(left.at("state"), "removing") << left;
  }
}

}  // namespace
}  // namespace stp::integration
