// Web servers that have the files of a share, good and bad ones (web_seed_server.py).
#include <set>

#include "integration/web_server_test.h"

namespace stp::integration {
namespace {

using testing::HasSubstr;

class WebSeed : public WebServerTest {
 protected:
  void SetUp() override {
    write_random(tree() / "a.bin", 700'000, 1);
    write_random(tree() / "sub folder/50% & more?.bin", 100'001, 2);
    write_file(tree() / "tiny.txt", "tiny\n");
    write_file(tree() / "empty", "");
  }
  [[nodiscard]] fs::path tree() { return user_dir("seed") / "tree"; }

  /// Serves what user "seed" has.
  WebServer serve(const Words& mode) { return WebServerTest::serve(user_dir("seed"), mode); }
  /// A .torrent of `what` that names these web seeds. Nobody shares it when this returns.
  std::string torrent(const Words& urls, const std::string& what = "tree") {
    const std::string file = (user_dir("seed") / (what + ".torrent")).string();
    Words flags = {"--no-dht", "--no-lan", "--torrent", file};
    for (const std::string& url : urls) flags.insert(flags.end(), {"--web-seed", url});
    const Seed made = seed("seed", {what}, flags);
    EXPECT_EQ(made.process->interrupt(), 0) << made.process->report();
    return file;
  }
  /// What it has answered so far came over a single connection.
  static void expect_one_connection(const WebServer& server) {
    std::set<std::string> clients;
    for (const std::string& answer : server.answers()) clients.insert(answer.substr(answer.rfind(' ') + 1));
    EXPECT_EQ(clients.size(), 1U) << server.process->report();
  }
  void expect_complete(Process& leech) {
    EXPECT_EQ(leech.wait(), 0) << leech.report();
    for (const char* const name : {"a.bin", "sub folder/50% & more?.bin", "tiny.txt", "empty"}) {
      expect_same(tree() / name, files("leech") / "tree" / name);
    }
    expect_clean(files("leech"));
  }
};

TEST_F(WebSeed, AloneGivesEverything) {
  const WebServer server = serve({"good"});
  Process& leech = get_alone(torrent({server.url}));
  expect_complete(leech);
  const Words answers = server.answers();
  EXPECT_THAT(answers,
              testing::Contains(testing::StartsWith("206 /tree/sub%20folder/50%25%20%26%20more%3F.bin bytes=")));
  for (const std::string& answer : answers) EXPECT_TRUE(answer.starts_with("206 ")) << answer;
  EXPECT_GE(answers.size(), 3U) << "a range never has bytes of two files";
  expect_one_connection(server);
}

TEST_F(WebSeed, AloneGivesAFileToStdout) {
  const WebServer server = serve({"good"});
  const fs::path file = user_dir("seed") / "lines";
  std::string lines;
  for (int i = 0; i < 100'000; ++i) lines += std::to_string(10'000'000 + i) + "\n";
  write_file(file, lines);
  const std::string described = torrent({server.url}, "lines");
  Process& get = start("leech", {"get", described, "-o", "-", "--no-dht", "--no-lan", "--listen", "127.0.0.1:0"});
  EXPECT_EQ(get.wait(), 0) << get.report();
  EXPECT_TRUE(get.out() == lines);
  expect_one_connection(server);
}

// With a certificate of a CA that the test makes: itself.
class TlsWebSeed : public WebSeed {
 protected:
  void SetUp() override {
    WebSeed::SetUp();
    ProcessOptions openssl;
    openssl.arguments = {"/usr/bin/openssl",
                         "req",
                         "-x509",
                         "-newkey",
                         "ec",
                         "-pkeyopt",
                         "ec_paramgen_curve:P-256",
                         "-nodes",
                         "-days",
                         "2",
                         "-subj",
                         "/CN=test",
                         "-addext",
                         "subjectAltName=IP:127.0.0.1",
                         "-keyout",
                         key_.string(),
                         "-out",
                         certificate_.string()};
    Process& made = start_program("ca", std::move(openssl));
    ASSERT_EQ(made.wait(), 0) << made.report();
    write_file(both_, read_file(certificate_) + read_file(key_));
  }
  WebServer serve_over_tls() { return serve({"good", "--tls", both_.string()}); }
  Process& get_trusting(const std::string& target, const fs::path& certificates) {
    ProcessOptions options;
    options.environment["SSL_CERT_FILE"] = certificates.string();
    return start("leech", {"get", target, "-o", "files", "--json", "--listen", "127.0.0.1:0", "--no-dht", "--no-lan"},
                 std::move(options));
  }

  const fs::path key_ = user_dir("ca") / "key.pem";
  const fs::path certificate_ = user_dir("ca") / "certificate.pem";
  const fs::path both_ = user_dir("ca") / "both.pem";
};

TEST_F(TlsWebSeed, GivesEverything) {
  const WebServer server = serve_over_tls();
  expect_complete(get_trusting(torrent({server.url}), certificate_));
  for (const std::string& answer : server.answers()) EXPECT_TRUE(answer.starts_with("206 ")) << answer;
  expect_one_connection(server);
}

TEST_F(TlsWebSeed, IsNotBelievedWithoutACertificateThatIsTrusted) {
  const WebServer server = serve_over_tls();
  const std::string file = torrent({server.url});
  Process& leech = get_alone(file);
  const json trouble = wait_event(leech, "web_seed_trouble");
  EXPECT_THAT(trouble.at("reason").get<std::string>(), HasSubstr("certificate"));
  EXPECT_EQ(trouble.at("banned"), false);
  EXPECT_EQ(server.answers(), Words{});
}

TEST_F(WebSeed, OfASingleFileIsTheFileItself) {
  const WebServer server = serve({"good"});
  write_random(user_dir("seed") / "one.bin", 300'000, 3);
  fs::copy(user_dir("seed") / "one.bin", user_dir("seed") / "other name");
  Process& leech = get_alone(torrent({server.url + "other%20name"}, "one.bin"));
  EXPECT_EQ(leech.wait(), 0) << leech.report();
  expect_same(user_dir("seed") / "one.bin", files("leech") / "one.bin");
}

TEST_F(WebSeed, LinksAndTorrentsNameThem) {
  const std::string file = torrent({"http://192.0.2.1/x/", "https://192.0.2.2/y"});
  Process& info = start("seed", {"info", file, "--json"});
  ASSERT_EQ(info.wait(), 0) << info.report();
  const json link = wait_event(info, "link");
  const json expected = json::parse(R"(["http://192.0.2.1/x/", "https://192.0.2.2/y"])");
  EXPECT_EQ(link.at("web_seeds"), expected);
  EXPECT_THAT(link.at("link").get<std::string>(), HasSubstr("&ws=http%3A%2F%2F192.0.2.1"));
  EXPECT_EQ(run("seed", {"share", "tree", "--web-seed", "ftp://192.0.2.1/"}), 2);
  EXPECT_EQ(run("seed", {"share", "tree", "--each", "--web-seed", "http://192.0.2.1/"}), 2);
}

TEST_F(WebSeed, OfAMagnetLinkHelpsAPeerThatHasTheMetainfo) {
  const WebServer server = serve({"missing", "tiny.txt"});  // that file has to come from the peer
  const Seed seeder =
      seed("seed", {"tree"}, {"--no-dht", "--no-lan", "--web-seed", server.url, "--up-limit", "100kB/s"});
  ASSERT_THAT(seeder.link, HasSubstr("&ws="));
  expect_complete(get_alone(seeder.link));
  server.wait_for("206 /tree/");
}

TEST_F(WebSeed, IsNotAskedAgainstTheUsersWill) {
  const WebServer server = serve({"good"});
  Process& leech = get_alone(torrent({server.url}), {"--no-web-seeds"});
  for (int i = 0; i < 3; ++i) EXPECT_EQ(fresh_status(leech).at("web_seeds"), 0);
  EXPECT_EQ(leech.interrupt(), 7) << leech.report();
  EXPECT_EQ(server.answers(), Words{});
}

TEST_F(WebSeed, ObeysTheRateLimitAndIsResumed) {
  const WebServer server = serve({"good"});
  const std::string file = torrent({server.url});
  const auto began = std::chrono::steady_clock::now();
  Process& first = get_alone(file, {"--down-limit", "200kB/s"});
  const json status = wait_event(first, "status", [](const json& now) { return now.at("bytes_had") >= 300'000; });
  EXPECT_EQ(status.at("web_seeds"), 1);
  EXPECT_EQ(status.at("peers"), 0);
  EXPECT_GE(std::chrono::steady_clock::now() - began, std::chrono::milliseconds(1200));
  first.kill();
  Process& second = get_alone(file);
  expect_complete(second);
  EXPECT_LT(events(second, "status").back().at("downloaded"), 800'006);
}

TEST_F(WebSeed, ThatIsBusyIsAskedAgainWhenItWishes) {
  const WebServer server = serve({"busy", "1"});
  Process& leech = get_alone(torrent({server.url}));
  const json trouble = wait_event(leech, "web_seed_trouble");
  EXPECT_EQ(trouble.at("reason"), "it answered 503");
  EXPECT_EQ(trouble.at("retry_seconds"), 1);
  expect_complete(leech);
}

TEST_F(WebSeed, ThatRedirectsToAnotherIsFollowed) {
  const WebServer server = serve({"good"});
  const WebServer front = serve({"redirect", server.url.substr(0, server.url.size() - 1)});
  expect_complete(get_alone(torrent({front.url})));
  expect_one_connection(server);
  expect_one_connection(front);
}

TEST_F(WebSeed, ThatFailsLeavesTheRestToAnother) {
  const WebServer server = serve({"good"});
  expect_complete(get_alone(torrent({serve({"status", "500"}).url, serve({"short"}).url, server.url})));
}

TEST_F(WebSeed, ThatKnowsNoRangesServesFilesOfOneRange) {
  write_random(user_dir("seed") / "small/x", 20'000, 4);
  write_random(user_dir("seed") / "small/y", 30'000, 5);
  const WebServer server = serve({"whole"});
  Process& leech = get_alone(torrent({server.url}, "small"));
  EXPECT_EQ(leech.wait(), 0) << leech.report();
  expect_same(user_dir("seed") / "small/y", files("leech") / "small/y");
}

TEST_F(WebSeed, ThatNeverEndsIsNotReadToItsEnd) {
  expect_complete(get_alone(torrent({serve({"endless"}).url})));
}

struct BadServer {
  const char* name;
  Words mode;
  const char* reason;
  bool for_good;
};

class BadWebSeed : public WebSeed, public testing::WithParamInterface<BadServer> {};

TEST_P(BadWebSeed, IsRefusedWithAReason) {
  const WebServer server = serve(GetParam().mode);
  write_random(user_dir("seed") / "one.bin", 5'000'000, 3);
  Process& leech = get_alone(torrent({server.url}, "one.bin"));
  const json trouble = wait_event(leech, "web_seed_trouble");
  EXPECT_THAT(trouble.at("reason").get<std::string>(), HasSubstr(GetParam().reason));
  EXPECT_EQ(trouble.at("retry_seconds").is_null(), GetParam().for_good);
  EXPECT_EQ(trouble.at("server").get<std::string>() + "/", server.url);
  EXPECT_THAT(fresh_status(leech).at("reason").get<std::string>(), HasSubstr(GetParam().reason));
  EXPECT_EQ(leech.interrupt(), 7) << leech.report();
  EXPECT_FALSE(fs::exists(files("leech") / "one.bin"));
}

INSTANTIATE_TEST_SUITE_P(
    , BadWebSeed,
    testing::Values(BadServer{"OtherRange", {"other-range"}, "another range", true},
                    BadServer{"OtherLength", {"other-length"}, "its file has 5000001 bytes instead of 5000000", false},
                    BadServer{"Short", {"short"}, "ended too early", false},
                    BadServer{"WrongBytes", {"wrong"}, "sent wrong data for chunk", true},
                    BadServer{"Compressed", {"gzip"}, "compressed", true},
                    BadServer{"NotThere", {"status", "404"}, "it answered 404", false},
                    BadServer{"Forbidden", {"status", "403"}, "it answered 403", false},
                    BadServer{"Unsatisfiable", {"status", "416"}, "it answered 416", false},
                    BadServer{"TooMany", {"status", "429"}, "it answered 429", false},
                    BadServer{"RedirectsToAFile",
                              {"redirect", "file:///etc"},
                              "it redirects to something that is neither http nor https",
                              true},
                    BadServer{"RedirectsForEver", {"loop"}, "it redirects more than 5 times", false}),
    [](const auto& row) { return row.param.name; });

TEST_F(WebSeed, ThatCannotBeReachedIsNamed) {
  Process& leech = get_alone(torrent({"http://127.0.0.1:1/"}));
  const json trouble = wait_event(leech, "web_seed_trouble");
  EXPECT_EQ(trouble.at("server"), "http://127.0.0.1:1");
  EXPECT_THAT(fresh_status(leech).at("reason").get<std::string>(), HasSubstr("trying again in"));
  EXPECT_EQ(leech.interrupt(), 7) << leech.report();
}

TEST_F(WebSeed, InsideOurNetworkIsNotAskedWithAQuery) {
  const WebServer server = serve({"good"});
  Process& leech = get_alone(torrent({server.url + "?delete=all"}));
  EXPECT_THAT(wait_event(leech, "web_seed_trouble").at("reason").get<std::string>(), HasSubstr("with a query"));
  EXPECT_EQ(leech.interrupt(), 7) << leech.report();
  EXPECT_EQ(server.answers(), Words{});
}

}  // namespace
}  // namespace stp::integration
