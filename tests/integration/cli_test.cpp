// The command line as a program: usage, configuration, closed pipes, help.
#include <signal.h>

#include "integration/stp_test.h"

namespace stp::integration {
namespace {

using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

class CommandLine : public StpTest {
 protected:
  /// Starts a shell script.
  Process& shell(const std::string& user, const std::string& script) {
    ProcessOptions options;
    options.arguments = {"/bin/sh", "-c", script};
    return start_program(user, std::move(options));
  }
};

TEST_F(CommandLine, UsageErrorsAreOneLineAndExitTwo) {
  for (const Words& words :
       {Words{}, Words{"frobnicate"}, Words{"get"}, Words{"get", "x", "--up-limit", "fast"},
        Words{"share", "x", "--trakcer", "y"}, Words{"get", "x", "--fast"}, Words{"tracker", "--web", "x"}}) {
    Process& process = start("user", words);
    EXPECT_EQ(process.wait(), 2) << process.report();
    const std::string text = process.err();
    EXPECT_THAT(text, StartsWith("stp: "));
    EXPECT_EQ(std::count(text.begin(), text.end(), '\n'), 1) << text;
    EXPECT_EQ(process.out(), "");
  }
}

TEST_F(CommandLine, HelpGoesToStdout) {
  for (const Words& words : {Words{"--help"}, Words{"share", "--help"}, Words{"get", "-h"}, Words{"help", "verify"}}) {
    Process& process = start("user", words);
    EXPECT_EQ(process.wait(), 0);
    EXPECT_THAT(process.out(), HasSubstr("Example"));
    EXPECT_EQ(process.err(), "");
  }
}

TEST_F(CommandLine, VersionIsOneLine) {
  Process& process = start("user", {"--version"});
  EXPECT_EQ(process.wait(), 0);
  EXPECT_THAT(process.out(), StartsWith("stp "));
}

TEST_F(CommandLine, TypoInTheConfigurationNamesTheNearestKey) {
  write_file(fs::path(environment("user").at("XDG_CONFIG_HOME")) / "stp" / "config.json", "{\"up-limt\": \"1MB/s\"}");
  Process& process = start("user", {"share", "x"});
  EXPECT_EQ(process.wait(), 2);
  EXPECT_THAT(process.err(), HasSubstr("did you mean \"up-limit\"?"));
  EXPECT_EQ(run("user", {"--help"}), 0);
}

TEST_F(CommandLine, ConfigurationAndEnvironmentCount) {
  write_file(fs::path(environment("user").at("XDG_CONFIG_HOME")) / "stp" / "config.json",
             "{\"no-dht\": true, \"listen\": \"127.0.0.1:0\", \"json\": true}");
  write_random(user_dir("user") / "f", 1000, 34);
  ProcessOptions options;
  options.environment["STP_JSON"] = "0";
  options.environment["STP_NAME"] = "renamed";
  Process& share = start("user", {"share", "f"}, std::move(options));
  const std::optional<std::string> link = share.wait_first_line();
  ASSERT_TRUE(link) << share.report();
  EXPECT_THAT(*link, HasSubstr("dn=renamed"));
  EXPECT_THAT(*link, HasSubstr("x.pe=127.0.0.1"));
}

TEST_F(CommandLine, SectionOfTheConfigurationIsForItsCommand) {
  write_file(
      fs::path(environment("user").at("XDG_CONFIG_HOME")) / "stp" / "config.json",
      R"({"listen": "127.0.0.1:0", "no-dht": true, "share": {"name": "of-share"}, "get": {"output": "of-get"}})");
  write_random(user_dir("user") / "f", 1000, 34);
  Process& share = start("user", {"share", "f"});
  const std::optional<std::string> link = share.wait_first_line();
  ASSERT_TRUE(link) << share.report();
  EXPECT_THAT(*link, HasSubstr("dn=of-share"));
  EXPECT_EQ(run("user", {"get", *link}), 0);
  EXPECT_TRUE(fs::exists(user_dir("user") / "of-get" / "of-share"));
}

TEST_F(CommandLine, VariableThatIsNoSettingIsNamed) {
  ProcessOptions options;
  options.environment["STP_TRAKCER"] = "http://127.0.0.1:9/announce";
  write_random(user_dir("user") / "f", 1000, 34);
  Process& share = start("user", {"share", "f", "--no-dht", "--listen", "127.0.0.1:0"}, std::move(options));
  ASSERT_TRUE(share.wait_first_line()) << share.report();
  EXPECT_THAT(share.err(), HasSubstr("STP_TRAKCER is not a setting and is ignored; did you mean STP_TRACKER?"));
}

TEST_F(CommandLine, VersionSaysWhichBuildItIs) {
  Process& process = start("user", {"--version"});
  EXPECT_EQ(process.wait(), 0);
  EXPECT_THAT(process.out(), testing::MatchesRegex("stp [0-9.]+ .[-a-z0-9]+, [a-z]+.\n"));
}

TEST_F(CommandLine, ShareSaysWhatOthersRun) {
  write_random(user_dir("seed") / "it's", 1000, 34);
  for (const bool is_private : {false, true}) {
    Words words = {"share", "it's", "--no-dht", "--listen", "127.0.0.1:0"};
    if (is_private) words.emplace_back("--private");
    Process& share = start("seed", words);
    const std::optional<std::string> link = share.wait_first_line();
    ASSERT_TRUE(link) << share.report();
    const auto reach = [](const std::string& line) {
      return line.find("reachable only from this machine") != line.npos;
    };
    ASSERT_TRUE(share.wait_stderr(reach)) << share.report();
    const std::string err = share.err();
    const std::size_t at = err.find("\n  stp get ");
    ASSERT_NE(at, std::string::npos) << err;
    const std::string command = err.substr(at + 1, err.find('\n', at + 1) - at - 1);
    // Pasted into a shell it is one word, and the link.
    Process& echo = shell("seed", "set -- " + command + "; printf '%s' \"$3\"; exit $#");
    EXPECT_EQ(echo.wait(), 3) << command;
    EXPECT_EQ(echo.out(), *link);
    EXPECT_EQ(share.interrupt(), 0);
    EXPECT_EQ(share.out(), *link + "\n");
  }
}

TEST_F(CommandLine, WhatIsListenedOnEverywhereIsNamedAsOthersReachIt) {
  write_random(user_dir("seed") / "f", 1000, 34);
  const auto means_nothing = testing::AnyOf(HasSubstr("127.0.0.1"), HasSubstr("0.0.0.0"), HasSubstr("[::"));
  // Two at a time: the second one has to take another port, and that is no news.
  Process& one = start("seed", {"share", "f", "--no-dht"});
  Process& two = start("seed", {"share", "f", "--no-dht"});
  for (Process* process : {&one, &two}) {
    const std::optional<std::string> link = process->wait_first_line();
    ASSERT_TRUE(link) << process->report();
    EXPECT_THAT(*link, Not(means_nothing));
    const auto reach = [](const std::string& line) { return line.find("reachable") != std::string::npos; };
    ASSERT_TRUE(process->wait_stderr(reach)) << process->report();
    EXPECT_THAT(process->err(), Not(HasSubstr("taken")));
  }
  Process& node = start("node", {"node", "--listen", "[::]:0", "--bootstrap", "none"});
  Process& tracker = start("tracker", {"tracker", "--listen", "[::]:0"});
  for (Process* process : {&node, &tracker}) {
    const std::optional<std::string> line = process->wait_first_line();
    ASSERT_TRUE(line) << process->report();
    EXPECT_THAT(*line, Not(testing::AnyOf(HasSubstr("0.0.0.0"), HasSubstr("[::]"))));
  }
}

TEST_F(CommandLine, QuietCountsWhatIsSkipped) {
  write_random(user_dir("seed") / "d" / "f", 1000, 34);
  fs::create_symlink("nowhere", user_dir("seed") / "d" / "dangling");
  Process& loud = start("seed", {"share", "d", "--no-dht", "--listen", "127.0.0.1:0"});
  ASSERT_TRUE(loud.wait_stderr([](const std::string& line) { return line.find("1 skipped") != std::string::npos; }))
      << loud.report();
  Process& quiet = start("seed", {"share", "d", "-q", "--no-dht", "--listen", "127.0.0.1:0"});
  ASSERT_TRUE(quiet.wait_first_line()) << quiet.report();
  EXPECT_EQ(quiet.interrupt(), 0);
  EXPECT_EQ(quiet.err(), "stp: 1 file or folder was skipped; run without --quiet to see which\n");
}

TEST_F(CommandLine, ExcludedIsNotShared) {
  for (const char* name : {"keep", "a.tmp", "sub/b.tmp", "sub/keep", "cache/x"}) {
    write_random(user_dir("seed") / "d" / name, 1000, 34);
  }
  const Seed seed =
      this->seed("seed", {"d"}, {"--no-dht", "--exclude", "*.tmp", "--exclude", "cache/", "--exclude", "nothing"});
  EXPECT_EQ(seed.first.at("files"), 2);
  EXPECT_EQ(seed.first.at("excluded"), 3);
  EXPECT_THAT(seed.process->err(), HasSubstr("--exclude 'nothing' matches nothing"));
}

TEST_F(CommandLine, SecretsAreWarnedOf) {
  write_random(user_dir("seed") / "home" / ".ssh" / "id_rsa", 1000, 34);
  write_random(user_dir("seed") / "home" / ".env", 1000, 35);
  write_random(user_dir("seed") / "plain", 1000, 36);
  const auto listening = [&](const std::string& path) {
    const Seed seed = this->seed("seed", {path}, {"--no-dht"});
    return seed.process->err();
  };
  EXPECT_THAT(listening("home"), HasSubstr("looks secret: .env, .ssh/id_rsa"));
  EXPECT_THAT(listening("home/.ssh"), HasSubstr("looks secret: id_rsa"));
  EXPECT_THAT(listening("plain"), Not(HasSubstr("secret")));
}

TEST_F(CommandLine, NamedPathThatCannotBeSharedIsAnError) {
  write_random(user_dir("seed") / "f", 1000, 34);
  Process& share = start("seed", {"share", "f", "/proc/version", "--name", "n", "--no-dht"});
  EXPECT_EQ(share.wait(), 1) << share.report();
  EXPECT_THAT(share.err(), HasSubstr("/proc/version claims to be empty but is not"));
}

TEST_F(CommandLine, NameWithANewlineStaysOnOneLine) {
  write_random(user_dir("seed") / "a\nb", 1000, 34);
  Process& share = start("seed", {"share", "a\nb", "--no-dht", "--listen", "127.0.0.1:0"});
  const std::optional<std::string> link = share.wait_first_line();
  ASSERT_TRUE(link) << share.report();
  const Words common = {"--no-dht", "--listen", "127.0.0.1:0"};
  for (Words words : {Words{"get", *link}, Words{"get", *link}, Words{"info", *link}, Words{"verify", *link, "a\nb"}}) {
    words.insert(words.end(), common.begin(), common.end());
    Process& process = start("user", words);
    EXPECT_EQ(process.wait(), 0) << process.report();
    for (const std::string& text : {process.out(), process.err()}) EXPECT_THAT(text, Not(HasSubstr("a\nb"))) << text;
    if (words[0] != "get") continue;
    EXPECT_EQ(process.out(), "a\\nb\n");
  }
  EXPECT_EQ(share.interrupt(), 0);
  EXPECT_THAT(share.err(), Not(HasSubstr("a\nb")));
  EXPECT_TRUE(fs::exists(user_dir("user") / "a\nb"));
}

TEST_F(CommandLine, SummariesSayMeans) {
  write_random(user_dir("seed") / "f", 100'000, 34);
  const Seed seed = this->seed("seed", {"f"}, {"--no-dht"});
  Process& get = this->get("get", seed.link, {"--no-dht"});
  EXPECT_EQ(get.wait(), 0) << get.report();
  EXPECT_THAT(get.err(),
              testing::ContainsRegex("f: complete and verified, 100 kB in [0-9]+m?s, [0-9.]+ [kM]B/s on average"));
  EXPECT_EQ(seed.process->interrupt(), 0);
  EXPECT_THAT(seed.process->err(), testing::ContainsRegex("stopped; uploaded 100 kB in .*/s on average"));
}

TEST_F(CommandLine, ReaderThatGoesAwayDoesNotKillASeed) {
  write_random(user_dir("seed") / "f", 100'000, 35);
  const Words words = {"share", "f", "--no-dht", "--json", "--listen", "127.0.0.1:0"};
  // The events after the link are written into a pipe that nobody reads.
  Process& share =
      shell("seed", "mkfifo pipe; " + shell_words(words) +
                        " > pipe & stp=$!; trap 'kill -INT $stp' INT; read -r link < pipe; echo \"$link\"\n"
                        "wait $stp; wait $stp; echo ended $?");
  const std::optional<std::string> first = share.wait_first_line();
  ASSERT_TRUE(first) << share.report();
  const std::string link = json::parse(*first).at("link");
  Process& get = this->get("get", link, {"--no-dht"});
  EXPECT_EQ(get.wait(), 0) << get.report();
  share.signal(SIGINT);
  EXPECT_TRUE(share.wait_stdout([](const std::string& line) { return line == "ended 0"; })) << share.report();
}

TEST_F(CommandLine, WhatCannotBeToldEndsWhatWouldRunOn) {
  write_random(user_dir("seed") / "f", 1000, 36);
  const std::vector<Words> commands = {{"share", "f", "--no-dht", "--listen", "127.0.0.1:0"},
                                       {"node", "--listen", "127.0.0.1:0", "--bootstrap", "none"},
                                       {"tracker", "--listen", "127.0.0.1:0"}};
  for (Words words : commands) {
    for (const bool json : {false, true}) {
      if (json) words.emplace_back("--json");
      ProcessOptions options;
      options.stdout_closed = true;
      Process& closed = start("seed", words, std::move(options));
      EXPECT_EQ(closed.wait(), 1) << closed.report();
      EXPECT_THAT(closed.err(), HasSubstr("cannot write standard output: Broken pipe"));
      Process& full = shell("seed", "exec " + shell_words(words) + " > /dev/full");
      EXPECT_EQ(full.wait(), 1) << full.report();
      EXPECT_THAT(full.err(), HasSubstr("cannot write standard output: No space left on device"));
    }
  }
}

TEST_F(CommandLine, ClosedDescriptorsAreNoPlaceForASocket) {
  write_random(user_dir("seed") / "f", 100'000, 35);
  const Seed seed = this->seed("seed", {"f"}, {"--no-dht"});
  const Words words = {"get", seed.link, "--no-dht", "--listen", "127.0.0.1:0"};
  Process& get = shell("user", "exec " + shell_words(words) + " <&- >&- 2>&-");
  EXPECT_EQ(get.wait(), 0) << get.report();
  EXPECT_TRUE(read_file(user_dir("user") / "f") == read_file(user_dir("seed") / "f"));
}

TEST_F(CommandLine, FullStdoutIsAnErrorEverywhere) {
  write_random(user_dir("seed") / "f", 1000, 36);
  const Seed seed = this->seed("seed", {"f"}, {"--no-dht", "--torrent", "f.torrent"});
  const std::string torrent = (user_dir("seed") / "f.torrent").string();
  const Words common = {"--no-dht", "--listen", "127.0.0.1:0"};
  for (const Words& words :
       {Words{"get", seed.link, common[0], common[1], common[2]},
        Words{"get", seed.link, "--chunk", "0", common[0], common[1], common[2]}, Words{"info", torrent},
        Words{"info", torrent, "--json"}, Words{"verify", torrent, (user_dir("seed") / "f").string(), "--json"},
        Words{"--help"}, Words{"--version"}}) {
    Process& process = shell("user", "exec " + shell_words(words) + " > /dev/full");
    EXPECT_EQ(process.wait(), 1) << process.report();
    EXPECT_THAT(process.err(), HasSubstr("cannot write standard output: No space left on device")) << process.report();
  }
  EXPECT_TRUE(fs::exists(user_dir("user") / "f"));  // all the same
}

TEST_F(CommandLine, ReaderThatGoesAwayWantsNoMessage) {
  write_random(user_dir("seed") / "f", 1000, 36);
  static_cast<void>(seed("seed", {"f"}, {"--no-dht", "--torrent", "f.torrent"}));
  ProcessOptions options;
  options.stdout_closed = true;
  Process& info = start("seed", {"info", "f.torrent"}, std::move(options));
  EXPECT_EQ(info.wait(), 1) << info.report();
  EXPECT_EQ(info.err(), "");
}

TEST_F(CommandLine, SeveralPathsNeedAName) {
  write_random(user_dir("seed") / "a", 1000, 36);
  write_random(user_dir("seed") / "b", 1000, 37);
  Process& share = start("seed", {"share", "a", "b", "--no-dht"});
  EXPECT_EQ(share.wait(), 2) << share.report();
  EXPECT_THAT(share.err(), HasSubstr("--name"));
  EXPECT_EQ(share.out(), "");
}

TEST_F(CommandLine, FileThatIsNoTargetIsNamed) {
  write_random(user_dir("user") / "one.bin", 1000, 36);
  Process& info = start("user", {"info", "one.bin"});
  EXPECT_EQ(info.wait(), 1) << info.report();
  EXPECT_THAT(info.err(), HasSubstr("one.bin is neither a .torrent file nor a text file with a link"));
}

TEST_F(CommandLine, FileInThePlaceOfTheDirectoryIsSaid) {
  write_random(user_dir("user") / "taken", 1000, 36);
  for (const char* output : {"taken", "taken/below"}) {
    Process& get = start("user", {"get", "magnet:?xt=urn:btmh:1220" + std::string(64, 'a'), "-o", output});
    EXPECT_EQ(get.wait(), 1) << get.report();
    EXPECT_THAT(get.err(), HasSubstr("a file is where the directory " + std::string(output) + " should be"));
  }
}

TEST_F(CommandLine, StateDirectoryThatCannotBeMadeNamesItsFlag) {
  write_random(user_dir("user") / "f", 1000, 36);
  Process& share = start("user", {"share", "f", "--private", "--no-dht", "--state", "f/state"});
  EXPECT_EQ(share.wait(), 1) << share.report();
  EXPECT_THAT(share.err(), HasSubstr("--state"));
}

TEST_F(CommandLine, PortInUseIsSaid) {
  write_random(user_dir("seed") / "f", 1000, 37);
  const Seed first = seed("seed", {"f"}, {"--no-dht"});
  Process& second = start("seed", {"share", "f", "--no-dht", "--listen", first.endpoint});
  EXPECT_EQ(second.wait(), 1) << second.report();
  EXPECT_THAT(second.err(), HasSubstr(first.endpoint));
  EXPECT_THAT(second.err(), HasSubstr("choose another with --listen"));
  const std::string url = tracker();
  const std::string address = url.substr(7, url.rfind('/') - 7);
  Process& other = start("tracker", {"tracker", "--listen", address});
  EXPECT_EQ(other.wait(), 1) << other.report();
  EXPECT_THAT(other.err(), HasSubstr("can't listen on " + address + ": the port is taken by another program"));
}

TEST_F(CommandLine, NodeSaysWhatItIsFor) {
  Process& node = start("node", {"node", "--listen", "127.0.0.1:0", "--bootstrap", "none"});
  const std::optional<std::string> address = node.wait_first_line();
  ASSERT_TRUE(address);
  const auto says = [&](const std::string& line) { return line.find("--bootstrap " + *address) != std::string::npos; };
  EXPECT_TRUE(node.wait_stderr(says)) << node.report();
}

TEST_F(CommandLine, NodeAndTrackerPrintWhereTheyListen) {
  EXPECT_THAT(dht_node(), StartsWith("127.0.0.1:"));
  EXPECT_THAT(tracker(), testing::AllOf(StartsWith("http://127.0.0.1:"), testing::EndsWith("/announce")));
}

TEST_F(CommandLine, NodeAndTrackerEndOnCtrlC) {
  Process& node = start("node", {"node", "--listen", "127.0.0.1:0", "--bootstrap", "none"});
  Process& tracker = start("tracker", {"tracker", "--listen", "127.0.0.1:0"});
  ASSERT_TRUE(node.wait_first_line());
  ASSERT_TRUE(tracker.wait_first_line());
  EXPECT_EQ(node.interrupt(), 0);
  EXPECT_EQ(tracker.interrupt(), 0);
}

TEST_F(CommandLine, EveryJsonLineIsAnObjectWithAnEventName) {
  write_random(user_dir("seed") / "f", 100'000, 38);
  const Seed seed = this->seed("seed", {"f"}, {"--no-dht"});
  Process& get = this->get("get", seed.link, {"--no-dht"});
  EXPECT_EQ(get.wait(), 0) << get.report();
  EXPECT_EQ(seed.process->interrupt(), 0);
  for (Process* process : {&get, seed.process}) {
    for (const std::string& line : process->out_lines()) {
      const json event = json::parse(line, nullptr, false);
      ASSERT_TRUE(event.is_object()) << line;
      EXPECT_TRUE(event.contains("event")) << line;
    }
    EXPECT_EQ(json::parse(process->out_lines().front()).at("event"), "link");
    EXPECT_EQ(json::parse(process->out_lines().back()).at("event"), "end");
  }
}

}  // namespace
}  // namespace stp::integration
