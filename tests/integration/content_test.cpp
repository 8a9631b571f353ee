// What may be shared: odd names, empty files, many files, several paths, parts of a share, files that change.
#include <fstream>

#include "integration/stp_test.h"

namespace stp::integration {
namespace {

using namespace std::string_literals;
using testing::HasSubstr;
using testing::UnorderedElementsAre;

class Content : public StpTest {
 protected:
  /// Shares what is in user_dir("seed")/tree and gets it.
  void expect_round_trip() {
    const Seed seed = this->seed("seed", {"tree"}, {"--no-dht"});
    Process& get = this->get("get", seed.link, {"--no-dht"});
    EXPECT_EQ(get.wait(3 * patience()), 0) << get.report();  // thousands of files on a busy disk take their time
    expect_same(tree(), files("get") / "tree");
    expect_clean(files("get"));
  }
  fs::path tree() { return user_dir("seed") / "tree"; }

  std::vector<std::string> paths_got(const fs::path& root) {
    std::vector<std::string> paths;
    for (const auto& [path, contents] : contents_of(root)) paths.push_back(path);
    return paths;
  }
};

TEST_F(Content, EmptyFilesAmongOthers) {
  write_file(tree() / "empty", "");
  write_file(tree() / "folder" / "also empty", "");
  write_random(tree() / "one byte", 1, 15);
  expect_round_trip();
}

TEST_F(Content, NothingButAnEmptyFile) {
  write_file(user_dir("seed") / "empty", "");
  const Seed seed = this->seed("seed", {"empty"}, {"--no-dht"});
  EXPECT_EQ(seed.first.at("bytes"), 0);
  Process& get = this->get("get", seed.link, {"--no-dht"});
  EXPECT_EQ(get.wait(), 0) << get.report();
  EXPECT_TRUE(fs::exists(files("get") / "empty"));
  EXPECT_EQ(fs::file_size(files("get") / "empty"), 0U);
  expect_clean(files("get"));
}

TEST_F(Content, SizesAroundBlocksAndChunks) {
  std::uint64_t seed = 100;
  for (const std::size_t bytes : {16'383U, 16'384U, 16'385U, 32'767U, 32'768U, 32'769U, 65'537U, 1'000'000U}) {
    write_random(tree() / std::to_string(bytes), bytes, ++seed);
  }
  expect_round_trip();
}

TEST_F(Content, ThousandsOfSmallFiles) {
  const std::size_t count = scaled(20'000);
  for (std::size_t i = 0; i < count; ++i) {
    write_random(tree() / ("folder-" + std::to_string(i % 100)) / std::to_string(i), i % 200, i);
  }
  expect_round_trip();
}

TEST_F(Content, OddNames) {
  int i = 0;
  for (const char* name : {"with space", "'single' \"double\"", "line\nbreak", "tab\there", "Grüße", "日本語",
                           "\U0001f600", "-leading-dash", "[brackets,comma]", "back\\slash", "%41", "*?", ".hidden",
                           "trailing.", "a;b&c|d", "$(x)`y`"}) {
    write_random(tree() / name, static_cast<std::size_t>(1000 + i), static_cast<std::uint64_t>(200 + i));
    ++i;
  }
  expect_round_trip();
}

TEST_F(Content, TerminalEscapesNeverReachTheTerminal) {
  write_random(user_dir("seed") / "Grüße \"x\"\nnext", 1000, 16);
  Process& share = start("seed", {"share", "Grüße \"x\"\nnext", "--no-dht", "--listen", "127.0.0.1:0"});
  const std::string link = share.wait_first_line().value_or("");
  Process& get = start("get", {"get", link, "--no-dht", "--listen", "127.0.0.1:0"});
  EXPECT_EQ(get.wait(), 0) << get.report();
  EXPECT_THAT(get.err(), HasSubstr("Grüße \"x\"\\nnext"));
  EXPECT_EQ(get.err().find('\x1b'), std::string::npos);
  EXPECT_EQ(get.err().find('\r'), std::string::npos);  // no terminal: lines
}

TEST_F(Content, SeveralPathsBecomeOneShare) {
  write_random(user_dir("seed") / "a" / "one.bin", 50'000, 17);
  write_random(user_dir("seed") / "b.bin", 60'000, 18);
  const Seed seed = this->seed("seed", {"a", "b.bin"}, {"--no-dht", "--name", "bundle"});
  Process& get = this->get("get", seed.link, {"--no-dht"});
  EXPECT_EQ(get.wait(), 0) << get.report();
  expect_same(user_dir("seed") / "a", files("get") / "bundle" / "a");
  expect_same(user_dir("seed") / "b.bin", files("get") / "bundle" / "b.bin");
}

TEST_F(Content, PathThatIsNotThereIsAnError) {
  Process& share = start("seed", {"share", "nowhere", "--no-dht"});
  EXPECT_EQ(share.wait(), 1);
  EXPECT_THAT(share.err(), HasSubstr("nowhere"));
  EXPECT_EQ(share.out(), "");
}

TEST_F(Content, WhatCannotBeSharedIsSaid) {
  write_random(tree() / "fine", 1000, 19);
  fs::create_symlink("nowhere", tree() / "dangling");
  const Seed seed = this->seed("seed", {"tree"}, {"--no-dht"});
  EXPECT_THAT(seed.process->err(), HasSubstr("dangling"));
  EXPECT_EQ(seed.first.at("files"), 1);
}

TEST_F(Content, LinksThatLeadOutsideAreSharedOnlyWhenAsked) {
  write_random(tree() / "fine", 1000, 19);
  write_file(user_dir("seed") / "secret", "secret");
  fs::create_symlink("../secret", tree() / "out");
  const Seed careful = this->seed("seed", {"tree"}, {"--no-dht"});
  EXPECT_THAT(careful.process->err(), HasSubstr("out: it is a link that leads out of what is shared"));
  EXPECT_EQ(careful.first.at("files"), 1);
  const Seed all = this->seed("seed", {"tree"}, {"--no-dht", "--follow-links"});
  EXPECT_EQ(all.first.at("files"), 2);
}

TEST_F(Content, NothingToShareIsAnErrorAndNotAWrongCommandLine) {
  fs::create_directories(tree());
  EXPECT_EQ(run("seed", {"share", "tree", "--no-dht"}), 1);
  EXPECT_EQ(run("seed", {"share", "/dev/null", "--no-dht"}), 1);
  write_file(user_dir("seed") / "latin\xfc", "x");
  EXPECT_EQ(run("seed", {"share", "latin\xfc", "--no-dht"}), 1);
}

TEST_F(Content, FileThatChangesIsNamedAndItsNewBytesAreNeverSent) {
  write_random(tree() / "good.bin", scaled(1'000'000), 20);
  write_random(tree() / "changing.bin", scaled(1'000'000), 21);
  const Seed seed = this->seed("seed", {"tree"}, {"--no-dht"});
  const std::string before = read_file(tree() / "changing.bin");
  static_cast<void>(fresh_status(*seed.process));  // it knows how much it has
  write_random(tree() / "changing.bin", scaled(1'000'000), 22);
  Process& get = this->get("get", seed.link, {"--no-dht", "--timeout", "6s"});
  EXPECT_EQ(get.wait(), 7) << get.report();
  EXPECT_TRUE(seed.process->wait_stderr([](const std::string& line) {
    return line.find("changing.bin has changed since it was hashed") != std::string::npos &&
           line.find(" are left; run `stp share` again") != std::string::npos;
  })) << seed.process->report();
  EXPECT_FALSE(fs::exists(files("get") / "tree"));
  EXPECT_TRUE(events(get, "peer_banned").empty()) << "an honest seed was taken for a liar";
  expect_same(tree() / "good.bin", files("get") / "tree.part" / "good.bin");
}

TEST_F(Content, TorrentFileRoundTrip) {
  write_random(tree() / "a.bin", 300'000, 23);
  write_random(tree() / "b.bin", 40'000, 24);
  const std::string url = tracker();
  const Seed seed =
      this->seed("seed", {"tree"}, {"--no-dht", "--tracker", url, "--torrent", "tree.torrent"}, "0.0.0.0:0");
  Process& get = this->get("get", (user_dir("seed") / "tree.torrent").string(), {"--no-dht"});
  EXPECT_EQ(get.wait(), 0) << get.report();
  expect_same(tree(), files("get") / "tree");
}

TEST_F(Content, OneChunkAlone) {
  const std::size_t bytes = 100'000;
  write_random(user_dir("seed") / "data.bin", bytes, 25);
  const Seed seed = this->seed("seed", {"data.bin"}, {"--no-dht"});
  const std::size_t chunk_bytes = seed.first.at("chunk_bytes");
  const std::string all = read_file(user_dir("seed") / "data.bin");
  const Words common = {"--no-dht", "--listen", "127.0.0.1:0", "--quiet"};

  Process& to_stdout =
      start("get", {"get", seed.link, "--chunk", "1", "-o", "-", common[0], common[1], common[2], common[3]});
  EXPECT_EQ(to_stdout.wait(), 0) << to_stdout.report();
  EXPECT_TRUE(to_stdout.out() == all.substr(chunk_bytes, chunk_bytes));

  const std::string last = std::to_string(seed.first.at("chunks").get<int>() - 1);
  Process& to_file =
      start("get", {"get", seed.link, "--chunk", last, "-o", "piece", common[0], common[1], common[2], common[3]});
  EXPECT_EQ(to_file.wait(), 0) << to_file.report();
  EXPECT_TRUE(read_file(user_dir("get") / "piece") == all.substr((bytes - 1) / chunk_bytes * chunk_bytes));
  EXPECT_FALSE(fs::exists(user_dir("get") / "data.bin"));
  expect_clean(user_dir("get"));

  Process& beyond = start("get", {"get", seed.link, "--chunk", "9999", common[0], common[1], common[2], common[3]});
  EXPECT_EQ(beyond.wait(), 2) << beyond.report();
}

TEST_F(Content, OnlySomeFiles) {
  write_random(tree() / "a.txt", 50'000, 26);
  write_random(tree() / "folder" / "b.txt", 60'000, 27);
  write_random(tree() / "c.bin", 70'000, 28);
  const Seed seed = this->seed("seed", {"tree"}, {"--no-dht"});
  Process& get = this->get("get", seed.link, {"--no-dht", "--only", "*.txt"});
  EXPECT_EQ(get.wait(), 0) << get.report();
  EXPECT_THAT(paths_got(files("get") / "tree"), UnorderedElementsAre("a.txt", "folder/b.txt"));
  expect_same(tree() / "folder", files("get") / "tree" / "folder");
  expect_clean(files("get"));

  Process& none = this->get("none", seed.link, {"--no-dht", "--only", "*.jpg"});
  EXPECT_EQ(none.wait(), 2) << none.report();
  EXPECT_THAT(none.err(), HasSubstr("--only"));
}

TEST_F(Content, SeedAfterwardsServesOthersUntilTheRatioIsReached) {
  write_random(user_dir("seed") / "data.bin", scaled(2'000'000), 29);
  const Seed seed = this->seed("seed", {"data.bin"}, {"--no-dht"});
  Process& first = get("first", seed.link, {"--no-dht", "--seed=1"});
  wait_event(first, "complete");
  EXPECT_TRUE(first.running());
  EXPECT_EQ(seed.process->interrupt(), 0);  // now there is only the first
  const std::string magnet = seed.link.substr(0, seed.link.find('&'));
  const std::string endpoint = wait_event(first, "listening").at("endpoint");
  Process& second = get("second", magnet, {"--no-dht", "--peer", endpoint});
  EXPECT_EQ(second.wait(), 0) << second.report();
  expect_same(user_dir("seed") / "data.bin", files("second") / "data.bin");
  EXPECT_EQ(first.wait(), 0) << first.report();
}

TEST_F(Content, SharingAgainReadsNothing) {
  write_random(tree() / "a.bin", scaled(1'000'000), 30);
  write_random(tree() / "b.bin", scaled(500'000), 31);
  wait_until_settled(tree() / "b.bin");
  const Seed first = seed("seed", {"tree"}, {"--no-dht"});
  EXPECT_GT(first.first.at("hashed_bytes"), 0);
  EXPECT_EQ(first.process->interrupt(), 0);
  const Seed again = seed("seed", {"tree"}, {"--no-dht"});
  EXPECT_EQ(again.first.at("hashed_bytes"), 0);
  EXPECT_EQ(again.first.at("info_hash"), first.first.at("info_hash"));
}

class InfoAndVerify : public Content {
 protected:
  void SetUp() override {
    write_random(tree() / "a.bin", 300'000, 32);
    write_random(tree() / "b.bin", 40'000, 33);
    seed_ = seed("seed", {"tree"}, {"--no-dht", "--v2", "--torrent", "tree.torrent"});
    torrent_ = (user_dir("seed") / "tree.torrent").string();
  }
  Seed seed_;
  std::string torrent_;
};

TEST_F(InfoAndVerify, InfoReadsATorrentFile) {
  Process& info = start("user", {"info", torrent_});
  EXPECT_EQ(info.wait(), 0) << info.report();
  EXPECT_THAT(info.out(), HasSubstr("340000 bytes"));
  EXPECT_THAT(info.out(), HasSubstr("a.bin"));
  EXPECT_THAT(info.out(), HasSubstr(seed_.first.at("info_hash").get<std::string>()));
}

TEST_F(InfoAndVerify, InfoAsksPeersAboutALinkAndWritesNothing) {
  Process& info = start("user", {"info", seed_.link, "--no-dht", "--json", "--listen", "127.0.0.1:0"});
  EXPECT_EQ(info.wait(), 0) << info.report();
  const std::vector<json> found = events(info, "info");
  ASSERT_EQ(found.size(), 1U) << info.report();
  EXPECT_EQ(found[0].at("file_list").size(), 2U);
  EXPECT_TRUE(contents_of(user_dir("user") / "tree").empty());
  expect_clean(user_dir("user"));
}

TEST_F(InfoAndVerify, VerifyIsContentWithRightData) {
  EXPECT_EQ(run("user", {"verify", torrent_, tree().string()}), 0);
  EXPECT_EQ(run("user", {"verify", seed_.link, tree().string(), "--no-dht", "--listen", "127.0.0.1:0"}), 0);
}

TEST_F(InfoAndVerify, VerifyFindsOneFlippedBit) {
  flip_byte(tree() / "a.bin", 123'456);
  Process& verify = start("user", {"verify", torrent_, tree().string()});
  EXPECT_EQ(verify.wait(), 32) << verify.report();
  EXPECT_THAT(verify.err(), HasSubstr("a.bin"));
  EXPECT_THAT(verify.err(), HasSubstr("a.bin: 1 of 19 chunks differ"));
  EXPECT_THAT(verify.err(), HasSubstr("1 of 2 files, 1 of 22 chunks"));
  EXPECT_THAT(verify.err(), HasSubstr("--repair"));
}

TEST_F(InfoAndVerify, VerifyWithALinkCountsChunksToo) {
  // What is served has to stay right, so a copy is spoilt.
  const fs::path copy = user_dir("user") / "copy";
  fs::copy(tree(), copy, fs::copy_options::recursive);
  flip_byte(copy / "a.bin", 123'456);
  const Words words = {"verify", seed_.link, copy.string(), "--no-dht", "--listen", "127.0.0.1:0", "--json"};
  Process& flipped = start("user", words);
  EXPECT_EQ(flipped.wait(), 32) << flipped.report();
  EXPECT_EQ(wait_event(flipped, "verified").at("good_chunks"), 21);

  fs::resize_file(copy / "a.bin", 200'000);  // 12 whole chunks, one of them wrong
  Process& cut = start("user", words);
  EXPECT_EQ(cut.wait(), 32) << cut.report();
  EXPECT_EQ(wait_event(cut, "verified").at("good_chunks"), 14);
  EXPECT_THAT(cut.err(), HasSubstr("a.bin has 200000 bytes instead of 300000: 8 of 19 chunks differ"));
}

TEST_F(InfoAndVerify, VerifyAsksPeersForHashesThatATorrentLacks) {
  std::string torrent = read_file(torrent_);
  const std::size_t layers = torrent.find("12:piece layers");
  ASSERT_NE(layers, std::string::npos);
  write_file(user_dir("user") / "bare.torrent", torrent.substr(0, layers) + "e");
  const fs::path copy = user_dir("user") / "copy";
  fs::copy(tree(), copy, fs::copy_options::recursive);
  const Words words = {"verify", "bare.torrent", copy.string(), "--no-dht", "--json"};
  Process& right = start("user", words);  // nobody is asked
  EXPECT_EQ(right.wait(), 0) << right.report();
  flip_byte(copy / "a.bin", 123'456);
  Words asking = words;
  asking.insert(asking.end(), {"--listen", "127.0.0.1:0", "--peer", seed_.endpoint});
  Process& wrong = start("user", asking);
  EXPECT_EQ(wrong.wait(), 32) << wrong.report();
  EXPECT_EQ(wait_event(wrong, "verified").at("good_chunks"), 21);
}

TEST_F(InfoAndVerify, VerifyTellsOtherFiles) {
  write_file(tree() / "notes", "not part of it");
  Process& verify = start("user", {"verify", torrent_, tree().string(), "--json"});
  EXPECT_EQ(verify.wait(), 0) << verify.report();
  EXPECT_EQ(wait_event(verify, "verified").at("other_files"), 1);
  EXPECT_THAT(verify.err(), HasSubstr("1 other file is not part of the share: notes"));
}

TEST_F(InfoAndVerify, VerifyOfAFileThatGrewSaysThatItsChunksAreThere) {
  std::ofstream(tree() / "a.bin", std::ios::app) << "x";
  Process& verify = start("user", {"verify", torrent_, tree().string()});
  EXPECT_EQ(verify.wait(), 32) << verify.report();
  EXPECT_THAT(verify.err(), HasSubstr("a.bin has 300001 bytes instead of 300000"));
  EXPECT_THAT(verify.err(), HasSubstr("1 of 2 files, though it has every chunk of the share"));
}

TEST_F(InfoAndVerify, VerifyFindsAMissingFile) {
  fs::remove(tree() / "b.bin");
  Process& verify = start("user", {"verify", torrent_, tree().string()});
  EXPECT_EQ(verify.wait(), 32) << verify.report();
  EXPECT_THAT(verify.err(), HasSubstr("b.bin"));
}

// A torrent of v1 alone: "hello\n" in one piece, whose SHA-1 comes from sha1sum.
class V1Torrent : public Content {
 protected:
  void SetUp() override {
    const std::string sha1 = "\xf5\x72\xd3\x96\xfa\xe9\x20\x66\x28\x71\x4f\xb2\xce\x00\xf7\x2e\x94\xf2\x25\x8f"s;
    write_file(user_dir("user") / "v1.torrent",
               "d13:announce-listll10:http://a/xel10:http://b/xee4:infod6:lengthi6e4:name5:hello12:piece lengthi16384e"
               "6:pieces20:" +
                   sha1 + "e8:url-list9:http://w/e");
    write_file(user_dir("user") / "hello", "hello\n");
  }
};

TEST_F(V1Torrent, IsDescribed) {
  Process& info = start("user", {"info", "v1.torrent", "--json"});
  EXPECT_EQ(info.wait(), 0) << info.report();
  const json link = wait_event(info, "link");
  EXPECT_EQ(link.at("info_hash_v1"), link.at("info_hash"));
  EXPECT_TRUE(link.at("info_hash_v2").is_null());
  EXPECT_EQ(link.at("tracker_tiers"), json::parse(R"([["http://a/x"], ["http://b/x"]])"));
  EXPECT_EQ(link.at("web_seeds"), json::parse(R"(["http://w/"])"));
  EXPECT_EQ(wait_event(info, "info").at("chunks"), 1);
}

TEST_F(V1Torrent, IsVerified) {
  EXPECT_EQ(run("user", {"verify", "v1.torrent", "hello"}), 0);
  write_file(user_dir("user") / "hello", "Hello\n");
  Process& wrong = start("user", {"verify", "v1.torrent", "hello"});
  EXPECT_EQ(wrong.wait(), 32) << wrong.report();
  EXPECT_THAT(wrong.err(), HasSubstr("hello: 1 of 1 chunk differs"));
}

TEST_F(V1Torrent, ThatIsThereAlreadyIsComplete) {
  Process& get = start("user", {"get", "v1.torrent", "--no-dht"});
  EXPECT_EQ(get.wait(), 0) << get.report();
  EXPECT_THAT(get.err(), HasSubstr("already exists and is complete"));
}

}  // namespace
}  // namespace stp::integration
