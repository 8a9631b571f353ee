// v1 torrents as other people make them, between stp and libtorrent.
#include "integration/stp_test.h"

namespace stp::integration {
namespace {

class V1 : public StpTest {
 protected:
  void SetUp() override {
    write_random(tree() / "a.bin", scaled(5'000'000), 1);
    write_random(tree() / "b/odd.bin", 777'777, 2);  // shares chunks with both neighbours
    write_random(tree() / "b/small.bin", 5'001, 3);
    write_random(tree() / "c.bin", scaled(2'000'003), 4);
  }
  [[nodiscard]] fs::path tree() { return user_dir("seed") / "tree"; }
  [[nodiscard]] std::string torrent() { return (user_dir("seed") / "tree.torrent").string(); }

  Process& python(const std::string& user, const std::string& script, Words arguments) {
    ProcessOptions options;
    options.arguments = {"/usr/bin/python3", STP_INTEROP_DIRECTORY "/" + script};
    options.arguments.insert(options.arguments.end(), arguments.begin(), arguments.end());
    return start_program(user, std::move(options));
  }
  /// The magnet link of the torrent of `path`; empty if there is no libtorrent.
  std::string make_torrent(const std::string& version, const fs::path& path) {
    Process& made = python("seed", "make_torrent.py", {version, path.string(), torrent()});
    if (made.wait() == 3) return {};
    return json::parse(made.out()).at("link");
  }
  /// libtorrent, listening at client_endpoint().
  Process& client(const std::string& user, Words arguments) {
    const Words where = {"--state", (user_dir(user) / "state").string(), "--port", "0"};
    arguments.insert(arguments.end(), where.begin(), where.end());
    Process& process = python(user, "clients/libtorrent_client.py", std::move(arguments));
    const std::optional<std::string> line = process.wait_first_line();
    EXPECT_TRUE(line) << process.report();
    if (line) client_endpoint_ = line->substr(line->find(' ') + 1);
    return process;
  }
  Process& seed_by_client() { return client("client", {"seed", torrent(), user_dir("seed").string()}); }
  [[nodiscard]] const std::string& client_endpoint() const { return client_endpoint_; }
  Words from_client() { return {"--no-dht", "--peer", client_endpoint()}; }

 private:
  std::string client_endpoint_;
};

#define STP_NEEDS_TORRENT(link) \
  if ((link).empty()) GTEST_SKIP() << "no libtorrent for Python here (python3-libtorrent)"

TEST_F(V1, IsFetchedByTorrentAndByMagnet) {
  const std::string link = make_torrent("v1", tree());
  STP_NEEDS_TORRENT(link);
  seed_by_client();
  int number = 0;
  for (const std::string& target : {torrent(), link}) {
    const std::string user = "get" + std::to_string(++number);
    Process& get = this->get(user, target, from_client());
    EXPECT_EQ(get.wait(), 0) << get.report();
    expect_same(tree(), files(user) / "tree");
  }
}

TEST_F(V1, OfASingleFileIsFetched) {
  STP_NEEDS_TORRENT(make_torrent("v1", tree() / "b/odd.bin"));
  client("client", {"seed", torrent(), (tree() / "b").string()});
  Process& get = this->get("get", torrent(), from_client());
  EXPECT_EQ(get.wait(), 0) << get.report();
  expect_same(tree() / "b/odd.bin", files("get") / "odd.bin");
}

TEST_F(V1, IsSeededBackToOtherClientsAndToStp) {
  const std::string link = make_torrent("v1", tree());
  STP_NEEDS_TORRENT(link);
  seed_by_client();
  const std::string tracker = this->tracker();
  Words flags = from_client();
  flags.insert(flags.end(), {"--tracker", tracker, "--seed"});
  Process& first = get("first", torrent(), flags);
  wait_event(first, "complete");
  Process& other = client("other", {"get", link, user_dir("other").string(), "--tracker", tracker});
  Process& second = get("second", link, {"--no-dht", "--tracker", tracker});
  EXPECT_TRUE(other.wait_stdout([](const std::string& line) { return line == "complete"; })) << other.report();
  EXPECT_EQ(second.wait(), 0) << second.report();
  expect_same(tree(), user_dir("other") / "tree");
  expect_same(tree(), files("second") / "tree");
}

TEST_F(V1, AKilledDownloadIsResumed) {
  STP_NEEDS_TORRENT(make_torrent("v1", tree()));
  seed_by_client();
  Words slow = from_client();
  slow.insert(slow.end(), {"--down-limit", "1MB/s"});
  Process& first = get("get", torrent(), slow);
  wait_event(first, "status", [](const json& status) { return status.at("chunks_had") > 2; });
  first.kill();
  Process& second = get("get", torrent(), from_client());
  EXPECT_EQ(second.wait(), 0) << second.report();
  expect_same(tree(), files("get") / "tree");
  const json end = events(second, "status").back();
  EXPECT_LT(end.at("downloaded"), end.at("bytes_wanted")) << second.report();
}

TEST_F(V1, SomeFilesAndAChunkAreFetched) {
  STP_NEEDS_TORRENT(make_torrent("v1", tree()));
  seed_by_client();
  Words flags = from_client();
  flags.insert(flags.end(), {"--only", "b/odd.bin"});
  Process& some = get("some", torrent(), flags);
  EXPECT_EQ(some.wait(), 0) << some.report();
  expect_same(tree() / "b/odd.bin", files("some") / "tree/b/odd.bin");
  Words chunk_flags = {"get", torrent(), "--chunk", "1", "--listen", "127.0.0.1:0"};
  const Words from = from_client();
  chunk_flags.insert(chunk_flags.end(), from.begin(), from.end());
  Process& chunk = start("chunk", chunk_flags);
  EXPECT_EQ(chunk.wait(), 0) << chunk.report();
  EXPECT_EQ(chunk.out().size(), 64U * 1024);
}

TEST_F(V1, ADamagedFileIsRepaired) {
  STP_NEEDS_TORRENT(make_torrent("v1", tree()));
  seed_by_client();
  fs::create_directories(files("get"));
  fs::copy(tree(), files("get") / "tree", fs::copy_options::recursive);
  write_random(files("get") / "tree/b/odd.bin", 777'777, 9);
  Words flags = from_client();
  flags.emplace_back("--repair");
  Process& get = this->get("get", torrent(), flags);
  EXPECT_EQ(get.wait(), 0) << get.report();
  expect_same(tree(), files("get") / "tree");
  EXPECT_LT(events(get, "status").back().at("downloaded"), scaled(5'000'000)) << get.report();
}

// `get -o -`: alone, and as a file that shares chunks with its neighbours.
TEST_F(V1, AFileIsStreamedWhileItArrives) {
  for (const char* const version : {"v1", "v2"}) {
    STP_NEEDS_TORRENT(make_torrent(version, tree()));
    Process& seed = seed_by_client();
    Words words = {"get", torrent(), "-o", "-", "--only", "b/odd.bin", "--listen", "127.0.0.1:0"};
    const Words from = from_client();
    words.insert(words.end(), from.begin(), from.end());
    Process& get = start("get", words);
    EXPECT_EQ(get.wait(), 0) << get.report();
    EXPECT_TRUE(get.out() == read_file(tree() / "b/odd.bin")) << version;
    seed.kill();
  }
}

TEST_F(V1, ASequentialDownloadHasItsBeginningFirst) {
  STP_NEEDS_TORRENT(make_torrent("v1", tree() / "a.bin"));
  client("client", {"seed", torrent(), tree().string()});
  Words flags = from_client();
  flags.insert(flags.end(), {"--sequential", "--down-limit", "400kB/s"});
  Process& get = this->get("get", torrent(), flags);
  const std::size_t chunk_bytes = wait_event(get, "metainfo").at("chunk_bytes");
  wait_event(get, "status", [](const json& status) { return status.at("chunks_had").get<int>() >= 4; });
  get.kill();
  const std::size_t begun = 2 * chunk_bytes;
  EXPECT_TRUE(read_file(files("get") / "a.bin.part").substr(0, begun) == read_file(tree() / "a.bin").substr(0, begun));
}

// Slowly, so that the liar is there before everything has come.
TEST_F(V1, ALiarBesideAClientIsBannedAndTheBytesAreRight) {
  for (const char* const version : {"v1", "v2"}) {
    STP_NEEDS_TORRENT(make_torrent(version, tree() / "b/odd.bin"));
    client("client", {"seed", torrent(), (tree() / "b").string()});
    ProcessOptions options;
    options.arguments = {STP_LIAR_BINARY, torrent()};
    Process& liar = start_program("liar", std::move(options));
    const std::string lies = liar.wait_first_line().value_or("");
    Words flags = from_client();
    flags.insert(flags.end(), {"--peer", lies, "--down-limit", "300kB/s"});
    Process& get = this->get(std::string("get-") + version, torrent(), flags);
    wait_event(get, "peer_banned", [&](const json& ban) { return ban.at("peer") == lies; });
    EXPECT_EQ(get.wait(), 0) << get.report();
    EXPECT_EQ(events(get, "peer_banned").size(), 1U) << get.report();
    expect_same(tree() / "b/odd.bin", files(std::string("get-") + version) / "odd.bin");
    liar.kill();
  }
}

// A magnet link of a hybrid with its v1 hash alone, from somebody who does not have to know BEP 52.
TEST_F(V1, AHybridIsFetchedByItsV1Hash) {
  const std::string link = make_torrent("hybrid", tree());
  STP_NEEDS_TORRENT(link);
  seed_by_client();
  const std::string v1 = link.substr(0, link.find_first_of('&'));
  ASSERT_NE(v1.find("urn:btih:"), std::string::npos) << link;
  Process& get = this->get("get", v1, from_client());
  EXPECT_EQ(get.wait(), 0) << get.report();
  expect_same(tree(), files("get") / "tree");
}

}  // namespace
}  // namespace stp::integration
