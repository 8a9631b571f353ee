// The files of a daemon's downloads that are complete and not seeded, and those of its folders, over HTTP.
#include <map>

#include "integration/daemon_files_test.h"

namespace stp::integration {
namespace {

class DaemonFinished : public DaemonFiles {
 protected:
  /// A download of what a seed shares, complete; the seed ends.
  std::int64_t finish(Words paths, Words flags = {}, json more = json::object()) {
    flags.push_back("--no-dht");
    const Seed seed = this->seed("seed", std::move(paths), flags);
    json order = get_order("b", seed.link);
    order.update(more);
    const std::int64_t id = add("b", order);
    EventClient events(socket_of("b"));
    EXPECT_TRUE(events.wait_state(id, "complete").is_object());
    EXPECT_EQ(seed.process->interrupt(), 0);
    return id;
  }
  json list(std::int64_t id) { return ask(socket_of("b"), "GET", share_target(id, "/files")).body.at("files"); }
  /// Changes one byte.
  static void spoil(const fs::path& path, std::size_t at) {
    std::string data = read_file(path);
    data[at] = static_cast<char>(data[at] ^ 1);
    write_file(path, data);
  }
};

TEST_F(DaemonFinished, ADownloadThatIsNotSeededIsServedVerified) {
  constexpr std::size_t kFilm = 3'000'000;
  write_random(user_dir("seed") / "tree/film.mp4", kFilm, 1);
  write_random(user_dir("seed") / "tree/other.mp4", 100'000, 2);
  const std::string data = read_file(user_dir("seed") / "tree/film.mp4");
  Process& first = daemon("b");
  const std::int64_t id = finish({"tree"}, {}, {{"only", {"film.mp4"}}});
  EXPECT_EQ(first.interrupt(), 0);
  daemon("b");  // what it consists of is remembered
  EventClient events(socket_of("b"));
  ASSERT_TRUE(events.wait("share", [](const json& share) { return !share.at("files").is_null(); }).is_object());

  const json listed = list(id);
  ASSERT_EQ(listed.size(), 2U);
  EXPECT_EQ(listed.at(0).at("wanted"), true);
  EXPECT_EQ(listed.at(0).at("done"), nullptr) << "nothing was verified today";
  EXPECT_EQ(listed.at(1).at("address"), nullptr);
  const std::string target = listed.at(0).at("address");
  EXPECT_TRUE(fetch(target).body == data);
  const FileAnswer part = fetch(target, range(1'500'000, 1'600'000));
  EXPECT_EQ(part.status, 206);
  EXPECT_TRUE(part.body == data.substr(1'500'000, 100'000));
  const FileAnswer head = fetch(target, "", "HEAD");
  EXPECT_EQ(head.field("Content-Length"), std::to_string(kFilm));
  EXPECT_EQ(head.field("ETag"), part.field("ETag"));
  EXPECT_EQ(fetch(share_target(id, "/files/other.mp4")).kind(), "not_wanted");
  EXPECT_EQ(fetch(share_target(id, "/files/film")).kind(), "not_found");

  const fs::path film = files("b") / "tree/film.mp4";
  spoil(film, 1'500'000);
  const FileAnswer short_one = fetch(target);
  EXPECT_EQ(short_one.field("Content-Length"), std::to_string(kFilm));
  EXPECT_LE(short_one.body.size(), 1'500'000U) << "nothing of a chunk that is wrong";
  EXPECT_TRUE(data.starts_with(short_one.body));
  EXPECT_TRUE(fetch(target, range(kFilm - 1000, kFilm)).body == data.substr(kFilm - 1000)) << "that chunk is right";
  fs::resize_file(film, kFilm - 1);
  EXPECT_EQ(fetch(target).kind(), "file_changed");
  fs::remove(film);
  EXPECT_EQ(fetch(target, "", "HEAD").status, 409);
  EXPECT_EQ(fetch(target).kind(), "file_changed");
}

TEST_F(DaemonFinished, OneOfWhichOnlyTheRootIsKnownIsServedToo) {
  write_random(user_dir("seed") / "film.mp4", 1'000'000, 1);
  const std::string data = read_file(user_dir("seed") / "film.mp4");
  daemon("b");
  const std::int64_t id = finish({"film.mp4"}, {"--private"});
  const std::string target = share_target(id, "/files/film.mp4");
  EXPECT_TRUE(fetch(target, range(900'000, 1'000'000)).body == data.substr(900'000));
  spoil(files("b") / "film.mp4", 10);
  EXPECT_TRUE(fetch(target, range(900'000, 1'000'000)).body == data.substr(900'000)) << "its chunks are known now";
  EXPECT_EQ(fetch(target).body, "");
}

TEST_F(DaemonFinished, FilesOfAFolderAreServedByTheirPaths) {
  write_file(user_dir("b") / "tree/a b.txt", "of a");
  write_random(user_dir("b") / "tree/sub/film.mp4", 300'000, 1);
  daemon("b", {"--web=0.0.0.0:0"});
  const std::uint16_t port = web_port();
  const std::int64_t id =
      add("b", {{"kind", "folder"}, {"paths", {(user_dir("b") / "tree").string()}}, {"each", true}, {"watch", true}});
  EventClient events(socket_of("b"));
  const auto settled = [&](std::size_t count) {
    return events.wait("share", [&](const json& share) {
      return share.value("shared", std::size_t{0}) == count && share.value("settled", false);
    });
  };
  ASSERT_TRUE(settled(2).is_object());
  std::map<std::string, json> listed;
  for (const json& file : list(id)) listed[file.at("path")] = file;
  ASSERT_EQ(listed.size(), 2U);
  EXPECT_EQ(listed.at("sub/film.mp4").at("done"), 300'000);
  EXPECT_EQ(listed.at("sub/film.mp4").at("wanted"), true);
  const std::string address = listed.at("a b.txt").at("address");
  EXPECT_TRUE(address.starts_with(share_target(id, "/files/a%20b.txt?key="))) << address;
  EXPECT_THAT(raw_answer(port, "GET " + address + " HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n"),
              testing::HasSubstr("\r\n\r\nof a"));
  const json shared = ask(socket_of("b"), "GET", share_target(id, "/shared")).body.at("shared");
  for (const json& entry : shared) EXPECT_EQ(entry.at("address"), listed.at(entry.at("path")).at("address"));

  const std::string film = share_target(id, "/files/sub/film.mp4");
  const std::string data = read_file(user_dir("b") / "tree/sub/film.mp4");
  EXPECT_TRUE(fetch(film, range(100'000, 200'000)).body == data.substr(100'000, 100'000));
  for (const char* const path : {"film.mp4", "sub", "../tree/a%20b.txt", "sub/../a%20b.txt", "nothing"}) {
    EXPECT_EQ(fetch(share_target(id, std::string("/files/") + path)).kind(), "not_found") << path;
  }
  fs::remove(user_dir("b") / "tree/a b.txt");
  ASSERT_TRUE(settled(1).is_object());
  EXPECT_EQ(fetch(share_target(id, "/files/a%20b.txt")).kind(), "not_found");
  EXPECT_EQ(ask(socket_of("b"), "POST", share_target(id, "/pause"), json::object()).status, 200);
  ASSERT_TRUE(events.wait_state(id, "paused").is_object());
  EXPECT_NE(fetch(film).status, 200);
}

TEST_F(DaemonFinished, AFolderThatIsOneShareIsServedAsWhatItIsNow) {
  write_file(user_dir("b") / "tree/a.txt", "old");
  daemon("b");
  const std::int64_t id =
      add("b", {{"kind", "folder"}, {"paths", {(user_dir("b") / "tree").string()}}, {"watch", true}});
  EventClient events(socket_of("b"));
  ASSERT_TRUE(events.wait_state(id, "seeding").is_object());
  wait_until_ready(share_target(id, "/files/a.txt"));
  EXPECT_EQ(list(id).at(0).at("path"), "a.txt");
  EXPECT_EQ(fetch(share_target(id, "/files/a.txt")).body, "old");
  const json before = show("b", id).at("share").at("link");
  write_file(user_dir("b") / "tree/b.txt", "new");
  ASSERT_TRUE(events.wait("share", [&](const json& share) { return share.at("link") != before; }).is_object());
  wait_until_ready(share_target(id, "/files/b.txt"));
  EXPECT_EQ(list(id).size(), 2U);
  EXPECT_EQ(fetch(share_target(id, "/files/b.txt")).body, "new");
}

}  // namespace
}  // namespace stp::integration
