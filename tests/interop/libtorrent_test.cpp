// libtorrent (python3-libtorrent), which knows BEP 52: v2 shares of stp in both directions.
#include <sstream>

#include "integration/stp_test.h"

namespace stp::integration {
namespace {

class Libtorrent : public StpTest {
 protected:
  void SetUp() override {
    write_random(tree() / "a.bin", scaled(8'000'000), 1);
    write_random(tree() / "sub/short.bin", 100'001, 2);  // ends in the middle of a block
    write_file(tree() / "tiny.txt", "tiny\n");
    write_file(tree() / "empty", "");
  }
  [[nodiscard]] fs::path tree() { return user_dir("seed") / "tree"; }

  /// libtorrent_client.py; null (and the test is skipped) if there is none here.
  Process* client(const std::string& user, Words arguments) {
    ProcessOptions options;
    options.arguments = {"/usr/bin/python3", STP_INTEROP_DIRECTORY "/clients/libtorrent_client.py"};
    options.arguments.insert(options.arguments.end(), arguments.begin(), arguments.end());
    const Words where = {"--state", (user_dir(user) / "state").string(), "--port", "0"};
    options.arguments.insert(options.arguments.end(), where.begin(), where.end());
    Process& process = start_program(user, std::move(options));
    const std::optional<std::string> line = process.wait_first_line();
    if (!line) {
      EXPECT_EQ(process.wait(), 3) << process.report();
      return nullptr;
    }
    endpoint_ = line->substr(line->find(' ') + 1);
    return &process;
  }
  /// Where the last client() listens.
  [[nodiscard]] std::string client_endpoint() const { return endpoint_; }

  void expect_complete(Process& client, const fs::path& directory) {
    EXPECT_TRUE(client.wait_stdout([](const std::string& line) { return line == "complete"; })) << client.report();
    expect_same_files(directory);
  }
  // libtorrent makes no empty files of a v2 torrent.
  void expect_same_files(const fs::path& directory) {
    for (const char* const name : {"a.bin", "sub/short.bin", "tiny.txt"}) {
      expect_same(tree() / name, directory / "tree" / name);
    }
  }
  /// `stp share --v2 tree`, with its .torrent in torrent().
  Seed share(Words flags = {}) {
    flags.insert(flags.end(), {"--no-dht", "--v2", "--torrent", torrent()});
    return seed("seed", {"tree"}, flags);
  }
  [[nodiscard]] std::string torrent() { return (user_dir("seed") / "tree.torrent").string(); }

 private:
  std::string endpoint_;
};

#define SKIP_WITHOUT(client) \
  if ((client) == nullptr) GTEST_SKIP() << "no libtorrent for Python here (python3-libtorrent)"

TEST_F(Libtorrent, GetsFromStpByMagnet) {
  const Seed seed = share();
  Process* const other = client("other", {"get", seed.link, user_dir("other").string()});
  SKIP_WITHOUT(other);
  expect_complete(*other, user_dir("other"));
  EXPECT_EQ(seed.process->interrupt(), 0);
}

TEST_F(Libtorrent, GetsFromStpByTorrentFileThroughATracker) {
  const std::string tracker = this->tracker();
  const Seed seed = share({"--tracker", tracker});
  Process* const other = client("other", {"get", torrent(), user_dir("other").string(), "--tracker", tracker});
  SKIP_WITHOUT(other);
  expect_complete(*other, user_dir("other"));
}

TEST_F(Libtorrent, ServesStpByMagnet) {
  const Seed seed = share();
  EXPECT_EQ(seed.process->interrupt(), 0);  // it made the .torrent
  Process* const other = client("other", {"seed", torrent(), user_dir("seed").string()});
  SKIP_WITHOUT(other);
  Process& get = this->get("get", without_hints(seed.link), {"--no-dht", "--peer", client_endpoint()});
  EXPECT_EQ(get.wait(), 0) << get.report();
  expect_same(tree(), files("get") / "tree");
}

TEST_F(Libtorrent, HearsOfChunksThatStpHasLost) {
  const Seed seed = share();
  Process* const other =
      client("other", {"get", seed.link, user_dir("other").string(), "--down-limit", "100000", "--show-lost"});
  SKIP_WITHOUT(other);
  const auto begins = [](const char* start) {
    return [start](const std::string& line) { return line.starts_with(start); };
  };
  ASSERT_TRUE(other->wait_stdout(begins("have "))) << other->report();
  write_random(tree() / "a.bin", scaled(8'000'000), 9);  // other bytes
  EXPECT_TRUE(other->wait_stdout(begins("lost"))) << other->report();
}

TEST_F(Libtorrent, ThatHasLostChunksCountsAsASourceOfTheOthers) {
  const Seed seed = share();
  const std::int64_t chunks = seed.first.at("chunks");
  EXPECT_EQ(seed.process->interrupt(), 0);
  Process* const other = client("other", {"seed", torrent(), user_dir("seed").string()});
  SKIP_WITHOUT(other);
  ASSERT_TRUE(other->wait_stdout([](const std::string& line) { return line == "complete"; })) << other->report();
  fs::resize_file(tree() / "a.bin", 100'000);
  Process& get = this->get("get", torrent(), {"--no-dht", "--peer", client_endpoint()});
  const json status = wait_event(get, "status", [&](const json& now) {
    const json& peers = now.at("peer_list");
    return !peers.empty() && peers.at(0).at("chunks") > 0 && peers.at(0).at("chunks") < chunks;
  });
  EXPECT_FALSE(status.is_null()) << get.report();
  EXPECT_TRUE(get.running()) << get.report();
}

// It hangs up on a handshake in the clear.
TEST_F(Libtorrent, ThatInsistsOnEncryptionIsAPeerBothWays) {
  for (const Words& flags : {Words{}, Words{"--encryption", "require"}}) {
    const std::string name = flags.empty() ? "allow" : "require";
    Words of_seed = {"--no-dht", "--v2", "--torrent", torrent()};
    of_seed.insert(of_seed.end(), flags.begin(), flags.end());
    const Seed seed = this->seed("seed", {"tree"}, of_seed);
    Process* const other =
        client("other-" + name, {"get", seed.link, user_dir("other-" + name).string(), "--encrypted"});
    SKIP_WITHOUT(other);
    expect_complete(*other, user_dir("other-" + name));
    EXPECT_EQ(seed.process->interrupt(), 0);
    Words of_get = {"--no-dht", "--peer", client_endpoint()};
    of_get.insert(of_get.end(), flags.begin(), flags.end());
    Process& get = this->get("get-" + name, without_hints(seed.link), of_get);
    EXPECT_EQ(get.wait(), 0) << get.report();
    for (const char* const file : {"a.bin", "sub/short.bin", "tiny.txt", "empty"}) {
      expect_same(tree() / file, files("get-" + name) / "tree" / file);
    }
  }
}

TEST_F(Libtorrent, TwoStpThatRequireEncryptionGetAlong) {
  const Words flags = {"--no-dht", "--encryption", "require"};
  const Seed seed = this->seed("seed", {"tree"}, flags);
  Process& get = this->get("get", seed.link, flags);
  EXPECT_EQ(get.wait(), 0) << get.report();
  expect_same(tree(), files("get") / "tree");
}

TEST_F(Libtorrent, ServesStpAChunkAndSomeFiles) {
  const Seed seed = share();
  EXPECT_EQ(seed.process->interrupt(), 0);
  Process* const other = client("other", {"seed", torrent(), user_dir("seed").string()});
  SKIP_WITHOUT(other);
  Process& some = get("some", torrent(), {"--no-dht", "--peer", client_endpoint(), "--only", "sub/*"});
  EXPECT_EQ(some.wait(), 0) << some.report();
  expect_same(tree() / "sub", files("some") / "tree/sub");
  EXPECT_FALSE(fs::exists(files("some") / "tree/tiny.txt"));
}

TEST_F(Libtorrent, AKilledDownloadFromItGoesOn) {
  const Seed seed = share();
  EXPECT_EQ(seed.process->interrupt(), 0);
  Process* const other = client("other", {"seed", torrent(), user_dir("seed").string()});
  SKIP_WITHOUT(other);
  const Words flags = {"--no-dht", "--peer", client_endpoint(), "--down-limit", "1MB/s"};
  Process& first = get("get", torrent(), flags);
  wait_event(first, "status", [](const json& status) { return status.at("chunks_had") > 2; });
  first.kill();
  Process& second = get("get", torrent(), {"--no-dht", "--peer", client_endpoint()});
  EXPECT_EQ(second.wait(), 0) << second.report();
  expect_same(tree(), files("get") / "tree");
  const json end = events(second, "status").back();
  EXPECT_LT(end.at("downloaded"), end.at("bytes_wanted")) << second.report();
}

// --- hybrids

class LibtorrentHybrid : public Libtorrent {
 protected:
  /// Makes hybrid() of tree(); false (and the test is skipped) if there is no libtorrent.
  bool create() {
    ProcessOptions options;
    options.arguments = {"/usr/bin/python3", STP_INTEROP_DIRECTORY "/make_torrent.py", "hybrid", tree().string(),
                         hybrid()};
    Process& maker = start_program("maker", std::move(options));
    const int code = maker.wait();
    if (code == 3) return false;
    EXPECT_EQ(code, 0) << maker.report();
    const std::string link = json::parse(maker.out()).at("link");
    const auto hash_after = [&](const std::string& prefix, std::size_t digits) {
      return link.substr(link.find(prefix) + prefix.size(), digits);
    };
    v1_ = hash_after("urn:btih:", 40);
    v2_ = hash_after("urn:btmh:1220", 64);
    return true;
  }
  [[nodiscard]] std::string hybrid() { return (user_dir("maker") / "hybrid.torrent").string(); }
  [[nodiscard]] std::string link_of_v1() const { return "magnet:?xt=urn:btih:" + v1_; }
  [[nodiscard]] std::string link_of_v2() const { return "magnet:?xt=urn:btmh:1220" + v2_; }
  /// A tracker that refuses the other hash of the share.
  std::string tracker_of(const std::string& hash) {
    write_file(user_dir("tracker") / "closed.txt", hash.substr(0, 40) + "\n");
    Process& tracker = start(
        "tracker", {"tracker", "--listen", "127.0.0.1:0", "--closed", (user_dir("tracker") / "closed.txt").string()});
    return tracker.wait_first_line().value_or("");
  }
  /// stp has and seeds the hybrid, which it got from libtorrent; libtorrent is gone. Null: no libtorrent.
  Process* seed_of_stp(const Words& flags) {
    Process* const first = client("first", {"seed", hybrid(), user_dir("seed").string()});
    if (first == nullptr) return nullptr;
    Words words = {"--no-dht", "--peer", client_endpoint(), "--seed"};
    words.insert(words.end(), flags.begin(), flags.end());
    Process& get = this->get("stp", hybrid(), words);
    wait_event(get, "complete");
    first->kill();
    return &get;
  }

  std::string v1_;
  std::string v2_;
};

TEST_F(LibtorrentHybrid, OfStpIsFetchedByMagnet) {
  const Seed seed = this->seed("seed", {"tree"}, {"--no-dht"});
  Process* const other = client("other", {"get", seed.link, user_dir("other").string()});
  SKIP_WITHOUT(other);
  expect_complete(*other, user_dir("other"));
}

TEST_F(LibtorrentHybrid, ThatATrackerNamesUnderV1OnlyServesStp) {
  if (!create()) GTEST_SKIP() << "no libtorrent for Python here (python3-libtorrent)";
  const std::string tracker = tracker_of(v1_);
  ASSERT_NE(client("other", {"seed", hybrid(), user_dir("seed").string(), "--tracker", tracker}), nullptr);
  Process& get =
      this->get("get", link_of_v1() + link_of_v2().substr(7).replace(0, 1, "&"), {"--no-dht", "--tracker", tracker});
  EXPECT_EQ(get.wait(), 0) << get.report();
  expect_same(tree() / "a.bin", files("get") / "tree/a.bin");
}

TEST_F(LibtorrentHybrid, ThatKnowsOneHashFindsStpUnderEither) {
  if (!create()) GTEST_SKIP() << "no libtorrent for Python here (python3-libtorrent)";
  const std::string tracker = this->tracker();
  ASSERT_NE(seed_of_stp({"--tracker", tracker}), nullptr);
  Process* const old = client("old", {"get", link_of_v1(), user_dir("old").string(), "--tracker", tracker});
  expect_complete(*old, user_dir("old"));
  old->kill();
  Process* const modern = client("modern", {"get", link_of_v2(), user_dir("modern").string(), "--tracker", tracker});
  expect_complete(*modern, user_dir("modern"));
}

// The hybrid's other key is learnt with the metainfo.
TEST_F(LibtorrentHybrid, IsGotByStpFromStpUnderTheHashThatTheLinkHas) {
  if (!create()) GTEST_SKIP() << "no libtorrent for Python here (python3-libtorrent)";
  const std::string tracker = this->tracker();
  ASSERT_NE(seed_of_stp({"--tracker", tracker}), nullptr);
  for (const std::string& link : {link_of_v1(), link_of_v2()}) {
    const std::string user = link == link_of_v1() ? "old" : "modern";
    Process& get = this->get(user, link, {"--no-dht", "--tracker", tracker});
    EXPECT_EQ(get.wait(), 0) << get.report();
    expect_same(tree(), files(user) / "tree");
  }
}

}  // namespace
}  // namespace stp::integration
