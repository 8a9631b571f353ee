// The files of a daemon's shares over HTTP, while they are downloaded. STP_SEEKING_READER is the path of a program that
// reads like a player.
#include "integration/daemon_files_test.h"

namespace stp::integration {
namespace {

using testing::HasSubstr;
using testing::Not;

// All ranges are asked for before there is a peer: they come before the rest, whatever the machine does meanwhile.
TEST_F(DaemonFiles, WhatIsAskedForIsFetchedFirst) {
  write_random(user_dir("seed") / "film.mp4", kBytes, 1);
  const std::string data = read_file(user_dir("seed") / "film.mp4");
  const fs::path file = torrent({"film.mp4"});
  daemon("b");
  const std::int64_t id = add_torrent(file);
  const std::string target = share_target(id, "/files/film.mp4");
  wait_until_ready(target);

  std::vector<std::size_t> places;
  std::vector<std::unique_ptr<FileRequest>> requests;
  for (std::size_t i = 0; i < 8; ++i) {
    places.push_back(kBytes - 1'000'000 - i * 2'700'000);
    requests.push_back(
        std::make_unique<FileRequest>(socket_of("b"), target, range(places.back(), places.back() + 50'000)));
    EXPECT_EQ(requests.back()->at_least(0).status, 206);
  }
  seed_to_daemon({"film.mp4"}, {"--up-limit", "500kB/s"});
  for (std::size_t i = 0; i < places.size(); ++i) {
    const FileAnswer answer = requests[i]->rest();
    EXPECT_EQ(answer.field("Content-Length"), "50000");
    EXPECT_TRUE(answer.body == data.substr(places[i], 50'000)) << places[i] << ": " << answer.body.size();
  }
  const json share = show("b", id).at("share");
  EXPECT_EQ(share.at("state"), "downloading");
  EXPECT_LT(share.at("done").get<std::size_t>(), kBytes / 2) << "by far the most is still missing";
  EXPECT_EQ(ask(socket_of("b"), "GET", share_target(id, "/files")).body.at("files").at(0).at("done"), share.at("done"));
}

TEST_F(DaemonFiles, APlayerJumpsWhileTheFileComes) {
  constexpr std::size_t kFilm = 6'000'000;
  write_random(user_dir("seed") / "tree/a film.mp4", kFilm, 1);
  write_random(user_dir("seed") / "tree/other", 3'000'000, 2);
  const Seed slow = seed("seed", {"tree"}, {"--no-dht", "--up-limit", "2MB/s"});
  daemon("b", {"--web=127.0.0.1:0"});
  const std::uint16_t port = web_port();
  json order = get_order("b", slow.link);
  order["seed"] = true;  // it is served to the end, also on a slow machine
  const std::int64_t id = add("b", order);
  const std::string target = share_target(id, "/files/a%20film.mp4");
  wait_until_ready(target);
  ProcessOptions options;
  options.arguments = {"/usr/bin/python3",
                       STP_SEEKING_READER,
                       std::to_string(port),
                       target,
                       (user_dir("seed") / "tree/a film.mp4").string(),
                       "12"};
  Process& reader = start_program("b", std::move(options));
  EXPECT_EQ(reader.wait(), 0) << reader.report();

  ProcessOptions curl;
  const std::string url = "http://127.0.0.1:" + std::to_string(port) + target;
  curl.arguments = {"/usr/bin/curl", "-sS", "-f", "-r", "-70000", "-o", (user_dir("b") / "end").string(), url};
  Process& end = start_program("b", std::move(curl));
  EXPECT_EQ(end.wait(), 0) << end.report();
  const std::string data = read_file(user_dir("seed") / "tree/a film.mp4");
  EXPECT_TRUE(read_file(user_dir("b") / "end") == data.substr(kFilm - 70'000));
  EXPECT_THAT(raw_answer(port, "GET " + target + " HTTP/1.1\r\nHost: evil.example\r\nConnection: close\r\n\r\n"),
              HasSubstr("421"));
}

TEST_F(DaemonFiles, AnswersAreThoseOfTheStandard) {
  const std::string page = "<script>document.title = 1</script>";
  write_file(user_dir("seed") / "tree/page.html", page);
  write_file(user_dir("seed") / "tree/sub/odd %41?#&.txt", "0123456789");
  write_file(user_dir("seed") / "tree/empty.mp4", "");
  daemon("b");
  const std::int64_t id = add("b", seed_order(user_dir("seed") / "tree"));
  EventClient events(socket_of("b"));
  ASSERT_TRUE(events.wait_state(id, "seeding").is_object());

  const json list = ask(socket_of("b"), "GET", share_target(id, "/files")).body;
  ASSERT_EQ(list.at("files").size(), 3U) << list;
  std::map<std::string, json> files;
  for (const json& file : list.at("files")) files[file.at("path")] = file;
  const json& text = files.at("sub/odd %41?#&.txt");
  EXPECT_EQ(text.at("done"), 10);
  EXPECT_EQ(text.at("shown"), true);
  EXPECT_EQ(files.at("page.html").at("shown"), false);
  const std::string target = text.at("address");
  EXPECT_EQ(target, share_target(id, "/files/sub/odd%20%2541%3F%23%26.txt"));

  const FileAnswer whole = fetch(target);
  EXPECT_EQ(whole.status, 200);
  EXPECT_EQ(whole.body, "0123456789");
  EXPECT_EQ(whole.field("Content-Type"), "text/plain; charset=utf-8");
  EXPECT_EQ(whole.field("Content-Length"), "10");
  EXPECT_EQ(whole.field("Accept-Ranges"), "bytes");
  const FileAnswer head = fetch(target, range(2, 4), "HEAD");
  EXPECT_EQ(head.status, 200);
  EXPECT_EQ(head.body, "");
  EXPECT_EQ(head.field("Content-Length"), "10");
  EXPECT_EQ(head.field("ETag"), whole.field("ETag"));
  const FileAnswer part = fetch(target, range(2, 4));
  EXPECT_EQ(part.status, 206);
  EXPECT_EQ(part.body, "23");
  EXPECT_EQ(part.field("Content-Range"), "bytes 2-3/10");
  EXPECT_EQ(fetch(target, range(2, 4) + "If-Range: " + whole.field("ETag") + "\r\n").body, "23");
  EXPECT_EQ(fetch(target, range(2, 4) + "If-Range: \"other\"\r\n").body, "0123456789");
  const FileAnswer beyond = fetch(target, range(10, 20));
  EXPECT_EQ(beyond.status, 416);
  EXPECT_EQ(beyond.field("Content-Range"), "bytes */10");
  EXPECT_EQ(beyond.field("Content-Length"), "0");
  const FileAnswer empty = fetch(share_target(id, "/files/empty.mp4"));
  EXPECT_EQ(empty.status, 200);
  EXPECT_EQ(empty.field("Content-Type"), "video/mp4");
  EXPECT_EQ(empty.field("Content-Length"), "0");

  const FileAnswer html = fetch(share_target(id, "/files/page.html"));
  EXPECT_EQ(html.body, page);
  EXPECT_EQ(html.field("Content-Type"), "application/octet-stream");
  EXPECT_EQ(html.field("X-Content-Type-Options"), "nosniff");
  EXPECT_EQ(html.field("Content-Security-Policy"), "sandbox");
  EXPECT_EQ(html.field("Content-Disposition"), "attachment");
  EXPECT_EQ(whole.field("Content-Disposition"), "");
  EXPECT_EQ(whole.field("Content-Security-Policy"), "sandbox");

  for (const char* const path :
       {"page", "sub", "sub/", "../tree/page.html", "%2e%2e/tree/page.html", "sub/../page.html", "/page.html",
        "./page.html", "tree/page.html", "page.html/", "%2Fetc%2Fpasswd"}) {
    EXPECT_EQ(fetch(share_target(id, std::string("/files/") + path)).kind(), "not_found") << path;
  }
  EXPECT_EQ(fetch(share_target(id, "/files/page.html"), "Origin: http://evil.example\r\n").kind(), "foreign_page");
  EXPECT_EQ(fetch(share_target(id + 1, "/files/page.html")).kind(), "not_found");
}

TEST_F(DaemonFiles, OnlySoManyAreReadAtATime) {
  write_random(user_dir("seed") / "film.mp4", 2'000'000, 1);
  const fs::path file = torrent({"film.mp4"});
  daemon("b");
  const std::int64_t id = add_torrent(file);
  const std::string target = share_target(id, "/files/film.mp4");
  wait_until_ready(target);
  std::vector<std::unique_ptr<FileRequest>> readers;
  for (int i = 0; i < 16; ++i) {
    readers.push_back(std::make_unique<FileRequest>(socket_of("b"), target));
    EXPECT_EQ(readers.back()->at_least(0).status, 200);
  }
  const FileAnswer refused = fetch(target);
  EXPECT_EQ(refused.status, 503);
  EXPECT_EQ(refused.kind(), "readers");
  EXPECT_EQ(fetch(target, "", "HEAD").status, 200);
  // Those that leave make room, although nothing has come yet that could not be sent to them.
  readers.clear();
  const auto deadline = std::chrono::steady_clock::now() + patience();
  int status = 503;
  while (status == 503 && std::chrono::steady_clock::now() < deadline) {
    status = FileRequest(socket_of("b"), target).at_least(0).status;
  }
  EXPECT_EQ(status, 200);
}

TEST_F(DaemonFiles, AnAnswerEndsShortWithItsShare) {
  write_random(user_dir("seed") / "film.mp4", kBytes, 1);
  const fs::path file = torrent({"film.mp4"});
  daemon("b");
  const std::int64_t id = add_torrent(file);
  const std::string target = share_target(id, "/files/film.mp4");
  wait_until_ready(target);
  seed_to_daemon({"film.mp4"}, {"--up-limit", "500kB/s"});
  const auto expect_short = [&](FileRequest& request) {
    const FileAnswer answer = request.rest();
    EXPECT_EQ(answer.field("Content-Length"), std::to_string(kBytes));
    EXPECT_LT(answer.body.size(), kBytes);
    EXPECT_TRUE(read_file(user_dir("seed") / "film.mp4").starts_with(answer.body));
  };
  FileRequest first(socket_of("b"), target);
  EXPECT_GE(first.at_least(1000).body.size(), 1000U);
  EXPECT_EQ(ask(socket_of("b"), "POST", share_target(id, "/pause"), json::object()).status, 200);
  expect_short(first);
  EventClient events(socket_of("b"));
  ASSERT_TRUE(events.wait_state(id, "paused").is_object());
  EXPECT_EQ(fetch(target).kind(), "not_running");
  EXPECT_EQ(ask(socket_of("b"), "POST", share_target(id, "/resume"), json::object()).status, 200);
  wait_until_ready(target);
  FileRequest second(socket_of("b"), target);
  EXPECT_GE(second.at_least(1000).body.size(), 1000U);
  EXPECT_EQ(ask(socket_of("b"), "DELETE", share_target(id)).status, 200);
  expect_short(second);
}

TEST_F(DaemonFiles, WhoReadsGoesOnWhenTheDownloadIsComplete) {
  constexpr std::size_t kFilm = 12'000'000;  // more than the sockets hold
  write_random(user_dir("seed") / "film.mp4", kFilm, 1);
  const fs::path file = torrent({"film.mp4"});
  daemon("b");
  const std::int64_t id = add_torrent(file);
  const std::string target = share_target(id, "/files/film.mp4");
  wait_until_ready(target);
  FileRequest request(socket_of("b"), target);
  EXPECT_EQ(request.at_least(0).status, 200);
  EventClient events(socket_of("b"));
  seed_to_daemon({"film.mp4"});
  ASSERT_TRUE(events.wait_state(id, "complete").is_object());
  EXPECT_TRUE(request.rest().body == read_file(user_dir("seed") / "film.mp4"));
}

TEST_F(DaemonFiles, WhatWasNotChosenIsNotServed) {
  write_random(user_dir("seed") / "tree/a.mp4", 200'000, 1);
  write_random(user_dir("seed") / "tree/b.mp4", 200'000, 2);
  const fs::path file = torrent({"tree"});
  daemon("b");
  const std::int64_t id = add_torrent(file, {{"only", {"a.mp4"}}, {"seed", true}});
  wait_until_ready(share_target(id, "/files/a.mp4"));
  const json files = ask(socket_of("b"), "GET", share_target(id, "/files")).body.at("files");
  ASSERT_EQ(files.size(), 2U);
  EXPECT_EQ(files.at(0).at("wanted"), true);
  EXPECT_TRUE(files.at(0).at("address").is_string());
  EXPECT_EQ(files.at(1).at("wanted"), false);
  EXPECT_EQ(files.at(1).at("address"), nullptr);
  EXPECT_EQ(fetch(share_target(id, "/files/b.mp4")).kind(), "not_wanted");
  EXPECT_EQ(ask(socket_of("b"), "GET", share_target(id, "/files?after=1")).body.at("files").at(0).at("path"), "b.mp4");
}

TEST_F(DaemonFiles, AtAPortForOthersAFileHasAnAddressWithAKey) {
  write_file(user_dir("seed") / "tree/a b.txt", "of a");
  write_file(user_dir("seed") / "tree/c.txt", "of c");
  daemon("b", {"--web=0.0.0.0:0"});
  const std::int64_t id = add("b", seed_order(user_dir("seed") / "tree"));
  EventClient events(socket_of("b"));
  ASSERT_TRUE(events.wait_state(id, "seeding").is_object());
  const std::string web = ask(socket_of("b"), "GET", "/api/daemon").body.at("daemon").at("web");
  const std::uint16_t port = web_port();
  const std::string address =
      ask(socket_of("b"), "GET", share_target(id, "/files")).body.at("files").at(0).at("address");
  const std::string key = address.substr(address.find('?'));
  ASSERT_TRUE(key.starts_with("?key=")) << address;
  const auto get = [port](const std::string& target) {
    return raw_answer(port, "GET " + target + " HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n");
  };
  EXPECT_THAT(get(address), HasSubstr("\r\n\r\nof a"));
  EXPECT_THAT(get(address.substr(0, address.find('?'))), HasSubstr("no_token"));
  EXPECT_THAT(get(share_target(id, "/files/c.txt") + key), HasSubstr("no_token"));
  EXPECT_THAT(get("/api/shares" + key), HasSubstr("no_token"));
  EXPECT_THAT(get(address), Not(HasSubstr(web.substr(web.find('=') + 1)))) << "the token itself is not in it";
}

}  // namespace
}  // namespace stp::integration
