// `stp daemon` and the commands that steer it, as real processes.
#include "integration/daemon_test.h"

#include <signal.h>
#include <sys/stat.h>

namespace stp::integration {
namespace {

using testing::HasSubstr;
using testing::Not;

// --- what is held

TEST_F(DaemonTest, ServesWhatItWasGivenAndFetchesWhatItWasTold) {
  write_random(user_dir("a") / "tree/one.bin", scaled(300'000), 1);
  write_random(user_dir("a") / "tree/sub/two.bin", scaled(200'000), 2);
  daemon("a");
  EventClient of_a(socket_of("a"));
  const std::int64_t shared = add("a", seed_order(user_dir("a") / "tree"));
  const json seeding = of_a.wait_state(shared, "seeding");
  ASSERT_TRUE(seeding.is_object());

  daemon("b");
  EventClient of_b(socket_of("b"));
  const std::string link = without_hints(seeding.at("link"));
  json order = get_order("b", link);
  order["peers"] = json::array({ask(socket_of("a"), "GET", "/api/daemon").body.at("daemon").at("listening")});
  order["seed"] = true;
  const std::int64_t got = add("b", order);
  ASSERT_TRUE(of_b.wait_state(got, "seeding").is_object());
  expect_same(user_dir("a") / "tree", files("b") / "tree");
  expect_clean(files("b"));
}

TEST_F(DaemonTest, ADownloadGoesOnAfterAKill) {
  const std::size_t bytes = scaled(4'000'000);
  write_random(user_dir("seed") / "big.bin", bytes, 3);
  const Seed seed = this->seed("seed", {"big.bin"}, {"--no-dht", "--up-limit", std::to_string(bytes / 4) + "B/s"});
  Process& first = daemon("get");
  EventClient events(socket_of("get"));
  const std::int64_t id = add("get", get_order("get", seed.link));
  const json part = events.wait("share", [&](const json& share) { return share.at("done") > 0; });
  ASSERT_TRUE(part.is_object());
  const json described = show("get", id);
  ASSERT_EQ(described.at("peers").size(), 1U) << described;
  EXPECT_EQ(described.at("peers")[0].at("found_by"), "given") << "by the link";
  EXPECT_EQ(described.at("peers")[0].at("address"), seed.endpoint);
  EXPECT_EQ(described.at("peers")[0].at("chunks"), described.at("peers")[0].at("of_chunks"));
  EXPECT_EQ(described.at("peers")[0].at("wire"), "stp");
  EXPECT_EQ(described.at("peers")[0].at("wire_version"), 2) << "of a hybrid, the better one";
  EXPECT_EQ(described.at("peers")[0].at("encrypted"), true);
  first.kill();
  ASSERT_FALSE(fs::exists(files("get") / "big.bin"));

  daemon("get");
  EventClient again(socket_of("get"));
  ASSERT_TRUE(again.wait_state(id, "complete").is_object());
  EXPECT_EQ(read_file(files("get") / "big.bin"), read_file(user_dir("seed") / "big.bin"));
  expect_clean(files("get"));
  EXPECT_LT(fresh_status(*seed.process).at("uploaded").get<std::size_t>(), 2 * bytes) << "it began from the start";
}

TEST_F(DaemonTest, WhatIsCompleteIsServedAgainWithoutAskingAnybody) {
  write_random(user_dir("seed") / "f.bin", 100'000, 4);
  const Seed seed = this->seed("seed", {"f.bin"}, {"--no-dht"});
  Process& first = daemon("get");
  EventClient events(socket_of("get"));
  json order = get_order("get", seed.link);
  order["seed"] = true;
  const std::int64_t id = add("get", order);
  ASSERT_TRUE(events.wait_state(id, "seeding").is_object());
  first.kill();
  seed.process->kill();

  daemon("get");
  EventClient again(socket_of("get"));
  ASSERT_TRUE(again.wait_state(id, "seeding").is_object());
  const json described = ask(socket_of("get"), "GET", "/api/daemon").body.at("daemon");
  Process& other = get("other", without_hints(seed.link), {"--no-dht", "--peer", described.at("listening")});
  EXPECT_EQ(other.wait(), 0) << other.report();
  EXPECT_EQ(read_file(files("other") / "f.bin"), read_file(user_dir("seed") / "f.bin"));
}

TEST_F(DaemonTest, AFileThatChangedIsHashedAgainAtTheNextStart) {
  const fs::path file = user_dir("a") / "f.bin";
  write_random(file, 50'000, 5);
  Process& first = daemon("a");
  EventClient events(socket_of("a"));
  const std::int64_t id = add("a", seed_order(file));
  const json before = events.wait_state(id, "seeding");
  ASSERT_TRUE(before.is_object());
  first.kill();
  write_random(file, 50'000, 6);
  daemon("a");
  EventClient again(socket_of("a"));
  const json after = again.wait_state(id, "seeding");
  ASSERT_TRUE(after.is_object());
  EXPECT_NE(after.at("info_hash"), before.at("info_hash"));
}

// --- steering

TEST_F(DaemonTest, WhatIsPausedIsNotServedUntilItIsResumed) {
  write_random(user_dir("a") / "f.bin", 50'000, 7);
  Process& first = daemon("a");
  const std::int64_t id = add("a", seed_order(user_dir("a") / "f.bin"));
  EventClient events(socket_of("a"));
  const json seeding = events.wait_state(id, "seeding");
  ASSERT_TRUE(seeding.is_object());
  EXPECT_EQ(run("a", {"pause", "f.bin"}), 0);
  ASSERT_TRUE(events.wait_state(id, "paused").is_object());
  first.kill();
  daemon("a");
  const json paused = show("a", id).at("share");
  EXPECT_EQ(paused.at("state"), "paused");
  EXPECT_EQ(paused.at("bytes"), 50'000);
  EXPECT_EQ(paused.at("done"), 50'000) << "what it had";
  EXPECT_EQ(paused.at("of"), 50'000);
  EventClient again(socket_of("a"));
  EXPECT_EQ(run("a", {"resume", seeding.at("link")}), 0);
  EXPECT_TRUE(again.wait_state(id, "seeding").is_object());
}

TEST_F(DaemonTest, RemovingWithDataDeletesTheFilesOfTheShareOnly) {
  write_random(user_dir("seed") / "tree/a.bin", 40'000, 8);
  write_random(user_dir("seed") / "tree/sub/b.bin", 40'000, 9);
  const Seed seed = this->seed("seed", {"tree"}, {"--no-dht"});
  daemon("get");
  EventClient events(socket_of("get"));
  const std::int64_t id = add("get", get_order("get", seed.link));
  ASSERT_TRUE(events.wait_state(id, "complete").is_object());
  write_file(files("get") / "tree/sub/mine.txt", "mine");
  write_file(files("get") / "other.txt", "other");
  EXPECT_EQ(run("get", {"remove", std::to_string(id), "--data"}), 0);
  EXPECT_TRUE(events.wait("removed").is_object());
  const std::map<std::string, std::string> left = contents_of(files("get"));
  EXPECT_EQ(left, (std::map<std::string, std::string>{{"other.txt", "other"}, {"tree/sub/mine.txt", "mine"}}));
  EXPECT_EQ(run("get", {"pause", std::to_string(id)}), 1) << "it is gone";
}

TEST_F(DaemonTest, RemovingWithDataLeavesWhatIsTheUsersOwn) {
  write_random(user_dir("seed") / "tree/a.bin", 40'000, 8);
  write_random(user_dir("seed") / "tree/b.bin", 40'000, 9);
  write_random(user_dir("seed") / "tree/c.bin", 40'000, 10);
  const Seed seed = this->seed("seed", {"tree"}, {"--no-dht"});
  daemon("get");
  EventClient events(socket_of("get"));
  json order = get_order("get", seed.link);
  order["only"] = {"a.bin", "b.bin"};
  const std::int64_t id = add("get", order);
  ASSERT_TRUE(events.wait_state(id, "complete").is_object());
  write_file(files("get") / "tree/b.bin", "my edited version");
  write_file(files("get") / "tree/c.bin", "not asked for");
  EXPECT_EQ(run("get", {"remove", std::to_string(id), "--data"}), 0);
  EXPECT_TRUE(events.wait("removed").is_object());
  EXPECT_EQ(contents_of(files("get")),
            (std::map<std::string, std::string>{{"tree/b.bin", "my edited version"}, {"tree/c.bin", "not asked for"}}));
  // What was there already is not the download's.
  fs::remove_all(files("get") / "tree");
  fs::copy(user_dir("seed") / "tree", files("get") / "tree", fs::copy_options::recursive);
  const std::int64_t found = add("get", get_order("get", seed.link));
  ASSERT_TRUE(events.wait_state(found, "complete").is_object());
  const ApiAnswer refused = ask(socket_of("get"), "DELETE", share_target(found, "?data=1"));
  EXPECT_EQ(refused.status, 409) << refused.body;
  EXPECT_EQ(run("get", {"remove", std::to_string(found)}), 0);
  EXPECT_EQ(contents_of(files("get") / "tree").size(), 3U);
}

TEST_F(DaemonTest, WhatIsHeldGoesOnOrIsRefusedWithTheReason) {
  write_random(user_dir("a") / "f.bin", 50'000, 7);
  fs::create_directories(user_dir("a") / "other");
  fs::copy(user_dir("a") / "f.bin", user_dir("a") / "other/f.bin");
  daemon("a");
  const std::int64_t id = add("a", seed_order(user_dir("a") / "f.bin"));
  EventClient events(socket_of("a"));
  const json seeding = events.wait_state(id, "seeding");
  ASSERT_TRUE(seeding.is_object());
  Process& twin = start("a", {"share", "-b", "other/f.bin"});
  EXPECT_EQ(twin.wait(), 1) << twin.report();
  EXPECT_THAT(twin.err(), HasSubstr("has the same contents already, as " + std::to_string(id)));
  EXPECT_EQ(run("a", {"pause", std::to_string(id)}), 0);
  ASSERT_TRUE(events.wait_state(id, "paused").is_object());
  EXPECT_EQ(run("a", {"share", "-b", "f.bin"}), 0);
  EXPECT_TRUE(events.wait_state(id, "seeding").is_object());

  daemon("b");
  json order = get_order("b", seeding.at("link"));
  (void)add("b", order);
  order["directory"] = (user_dir("b") / "elsewhere").string();
  const ApiAnswer elsewhere = ask(socket_of("b"), "POST", "/api/shares", order);
  EXPECT_EQ(elsewhere.status, 409) << elsewhere.body;
  EXPECT_EQ(elsewhere.body.at("error").at("kind"), "held_otherwise") << elsewhere.body;
}

TEST_F(DaemonTest, RemovingAPartOfADownloadLeavesNothingOfIt) {
  write_random(user_dir("seed") / "big.bin", scaled(4'000'000), 10);
  const Seed seed = this->seed("seed", {"big.bin"}, {"--no-dht", "--up-limit", "400kB/s"});
  daemon("get");
  EventClient events(socket_of("get"));
  const std::int64_t id = add("get", get_order("get", seed.link));
  ASSERT_TRUE(events.wait("share", [](const json& share) { return share.at("done") > 0; }).is_object());
  EXPECT_EQ(ask(socket_of("get"), "DELETE", share_target(id, "?data=1")).status, 200);
  EXPECT_TRUE(events.wait("removed").is_object());
  EXPECT_TRUE(fs::is_empty(files("get")));
}

// --- commands

TEST_F(DaemonTest, ShareInTheBackgroundStartsADaemonAndPrintsTheLink) {
  expect_detached("a");
  write_random(user_dir("a") / "f.bin", 60'000, 11);
  Process& share = start("a", {"share", "-b", "f.bin", "--no-dht", "--listen", "127.0.0.1:0"});
  EXPECT_EQ(share.wait(), 0) << share.report();
  ASSERT_EQ(share.out_lines().size(), 1U);
  const std::string link = share.out_lines().front();
  EXPECT_THAT(link, AllOf(HasSubstr("magnet:?xt=urn:btih:"), HasSubstr("&xt=urn:btmh:1220")));
  EXPECT_THAT(share.err(), HasSubstr("the daemon was started"));

  Process& listed = start("a", {"list"});
  EXPECT_EQ(listed.wait(), 0);
  EXPECT_THAT(listed.out(), HasSubstr("seeding"));
  EXPECT_THAT(listed.out(), HasSubstr("f.bin"));

  expect_detached("b");
  const json described = ask(socket_of("a"), "GET", "/api/daemon").body.at("daemon");
  Process& got = start("b", {"get", "-b", link, "-o", "files", "--no-dht", "--listen", "127.0.0.1:0", "--peer",
                             described.at("listening").get<std::string>()});
  EXPECT_EQ(got.wait(), 0) << got.report();
  EXPECT_EQ(got.out(), "1\n");
  EventClient events(socket_of("b"));
  EXPECT_TRUE(events.wait_state(1, "complete").is_object());
  EXPECT_EQ(read_file(files("b") / "f.bin"), read_file(user_dir("a") / "f.bin"));

  Process& again = start("a", {"share", "-b", "f.bin", "--no-dht", "--up-limit", "1MB/s"});
  EXPECT_EQ(again.wait(), 0);
  EXPECT_EQ(again.out(), link + "\n");
  EXPECT_THAT(again.err(), HasSubstr("holds f.bin already, as 1"));
  EXPECT_THAT(again.err(), HasSubstr("other settings than this command's --up-limit"));
}

TEST_F(DaemonTest, WhatOnlyTheForegroundCanDoIsRefused) {
  write_file(user_dir("a") / "f", "x");
  const std::string link = "magnet:?xt=urn:btmh:1220" + std::string(64, 'a');
  EXPECT_EQ(run("a", {"share", "-b", "f", "--torrent", "f.torrent"}), 2);
  EXPECT_EQ(run("a", {"get", "-b", link, "--chunk", "0"}), 2);
  EXPECT_EQ(run("a", {"get", "-b", link, "--timeout", "3s"}), 2);
  EXPECT_EQ(run("a", {"share", "-b", "not there"}), 1);
  EXPECT_EQ(run("a", {"list"}), 1) << "none of them has started a daemon";
}

TEST_F(DaemonTest, ListInJsonIsAnEventPerShare) {
  write_file(user_dir("a") / "f", "x");
  daemon("a");
  const std::int64_t id = add("a", seed_order(user_dir("a") / "f"));
  Process& list = start("a", {"list", "--json"});
  EXPECT_EQ(list.wait(), 0);
  ASSERT_EQ(events(list, "share").size(), 1U);
  EXPECT_EQ(events(list, "share")[0].at("id"), id);
}

TEST_F(DaemonTest, TopPrintsOnceWithoutATerminal) {
  write_file(user_dir("a") / "f", "x");
  daemon("a");
  add("a", seed_order(user_dir("a") / "f"));
  Process& top = start("a", {"top"});
  EXPECT_EQ(top.wait(), 0);
  EXPECT_THAT(top.out(), HasSubstr("stp daemon, process "));
  EXPECT_THAT(top.out(), HasSubstr(": 1 share\n"));
  EXPECT_THAT(top.out(), Not(HasSubstr("\x1b")));
}

// --- one daemon, its files, its end

TEST_F(DaemonTest, TheSecondOneSaysWhoRuns) {
  Process& first = daemon("a");
  Process& second = start("a", {"daemon", "--no-dht", "--listen", "127.0.0.1:0"});
  EXPECT_EQ(second.wait(), 1);
  EXPECT_THAT(second.err(), HasSubstr("a daemon already runs"));
  EXPECT_THAT(second.err(), HasSubstr("process " + std::to_string(first.pid())));
}

TEST_F(DaemonTest, ADamagedJournalIsKeptAsideAndSaid) {
  Process& first = daemon("a");
  for (int i = 0; i < 3; ++i) {
    EventClient events(socket_of("a"));
    const fs::path file = user_dir("a") / ("f" + std::to_string(i));
    write_file(file, std::to_string(i));
    ASSERT_TRUE(events.wait_state(add("a", seed_order(file)), "seeding").is_object());
  }
  EXPECT_EQ(ask(socket_of("a"), "POST", share_target(3, "/pause")).status, 200);
  first.kill();
  // Every line about one share, none of them the last.
  const fs::path journal = state_dir("a") / "daemon/shares.journal";
  const std::string text = read_file(journal);
  for (std::size_t at = text.find("\"id\":2"); at != std::string::npos; at = text.find("\"id\":2", at + 1)) {
    flip_byte(journal, static_cast<std::int64_t>(at));
  }
  Process& again = daemon("a");
  EXPECT_TRUE(fs::exists(state_dir("a") / "daemon/shares.journal.damaged"));
  EXPECT_THAT(again.err(), HasSubstr("is damaged and is kept as shares.journal.damaged"));
  EXPECT_EQ(ask(socket_of("a"), "GET", "/api/shares").body.at("shares").size(), 2U);
}

TEST_F(DaemonTest, ItsSocketIsForItsOwnerAndGoesWithIt) {
  std::map<std::string, std::string> variables = {{"XDG_RUNTIME_DIR", user_dir("a").string()}};
  ProcessOptions options;
  options.environment = variables;
  Process& process = start("a", {"daemon", "--no-dht", "--listen", "127.0.0.1:0"}, options);
  const std::optional<std::string> line = process.wait_first_line();
  const fs::path socket = user_dir("a") / "stp/daemon.sock";
  ASSERT_EQ(line, socket.string());
  struct stat status {};
  ASSERT_EQ(::stat(socket.c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777, 0600U);
  ASSERT_EQ(::stat(socket.parent_path().c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777, 0700U);
  EventClient events(socket);
  ASSERT_TRUE(events.wait("ready").is_object());
  process.signal(SIGTERM);
  EXPECT_TRUE(events.wait("ending").is_object());
  EXPECT_EQ(process.wait(), 0) << process.report();
  EXPECT_FALSE(fs::exists(socket));
}

TEST_F(DaemonTest, OneOfAnotherVersionIsSaidWithWhatToDo) {
  // A "daemon" that answers whatever it is asked in a later version.
  const fs::path socket = socket_of("a");
  fs::create_directories(socket.parent_path());
  ProcessOptions options;
  options.arguments = {
      "/usr/bin/env", "python3", "-c",
      "import socket, sys\n"
      "s = socket.socket(socket.AF_UNIX); s.bind(sys.argv[1]); s.listen(); print('up', flush=True)\n"
      "while True:\n"
      "  c, _ = s.accept(); c.recv(65536)\n"
      "  b = b'{\"api\":2,\"version\":\"9.9.9\",\"daemon\":{\"pid\":4711}}'\n"
      "  c.sendall(b'HTTP/1.1 200 OK\\r\\nContent-Length: %d\\r\\nConnection: close\\r\\n\\r\\n' % len(b)"
      " + b); c.close()\n",
      socket.string()};
  Process& fake = start_program("a", options);
  ASSERT_EQ(fake.wait_first_line(), "up") << fake.report();
  Process& list = start("a", {"list"});
  EXPECT_EQ(list.wait(), 1);
  EXPECT_THAT(list.err(), HasSubstr("the daemon that runs is stp 9.9.9"));
  EXPECT_THAT(list.err(), HasSubstr("kill 4711"));
}

TEST_F(DaemonTest, InstallWritesAUnitAndSaysWhatItDid) {
  const fs::path bin = user_dir("a") / "bin";
  write_file(bin / "systemctl", "#!/bin/sh\necho \"$@\" >> \"$HOME/systemctl.log\"\n");
  ::chmod((bin / "systemctl").c_str(), 0755);
  const auto with_path = [&](Words words) -> Process& {
    ProcessOptions options;
    options.environment = {{"PATH", bin.string() + ":/usr/bin:/bin"}};
    return start("a", std::move(words), options);
  };
  Process& install = with_path({"daemon", "--install", "--up-limit", "1MB/s"});
  EXPECT_EQ(install.wait(), 0) << install.report();
  const fs::path unit = user_dir("a") / ".home/config/systemd/user/stp.service";
  const std::string text = read_file(unit);
  EXPECT_THAT(text, HasSubstr("ExecStart=\"" + stp_binary() + "\" \"daemon\""));
  EXPECT_THAT(text, HasSubstr("\"--up-limit\" \"1000000B/s\""));
  EXPECT_THAT(install.err(), HasSubstr("wrote "));
  Process& uninstall = with_path({"daemon", "--uninstall"});
  EXPECT_EQ(uninstall.wait(), 0) << uninstall.report();
  EXPECT_FALSE(fs::exists(unit));
  EXPECT_EQ(read_file(user_dir("a") / ".home/systemctl.log"),
            "--user daemon-reload\n--user enable --now stp.service\n--user disable --now stp.service\n--user "
            "daemon-reload\n");
  EXPECT_EQ(with_path({"daemon", "--uninstall"}).wait(), 1) << "nothing is installed";
}

}  // namespace
}  // namespace stp::integration
