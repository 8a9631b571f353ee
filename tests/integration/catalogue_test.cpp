// Shares by name: `stp find`, `stp get NAME`, and what a tracker's catalogue lists.
#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <fstream>
#include <thread>

#include "integration/stp_test.h"
#include "integration/terminal.h"

namespace stp::integration {
namespace {

using testing::HasSubstr;
using testing::Not;

class ByName : public StpTest {
 protected:
  /// A share that the tracker has listed.
  Seed listed(const std::string& user, const std::string& name, std::size_t bytes = 100'000, Words flags = {}) {
    if (!fs::exists(user_dir(user) / name)) write_random(user_dir(user) / name, bytes, static_cast<unsigned>(bytes));
    flags.insert(flags.end(), {"--no-dht", "--tracker", url_});
    const Seed share = seed(user, {name}, flags);
    wait_event(*share.process, "notice",
               [](const json& notice) { return notice.at("message").get<std::string>().find("listed as ") == 0; });
    return share;
  }
  /// The names that `stp find ARGUMENTS` prints, in its order.
  Words found(Words arguments, int exit_code = 0) {
    arguments.insert(arguments.begin(), "find");
    arguments.insert(arguments.end(), {"--tracker", url_, "--json"});
    Process& find = start("finder", arguments);
    EXPECT_EQ(find.wait(), exit_code) << find.report();
    Words names;
    for (const json& share : events(find, "share")) names.push_back(share.at("name"));
    return names;
  }
  /// The tracker's whole answer to these bytes.
  [[nodiscard]] std::string ask(const std::string& request) const { return raw_answer(port_of(url_), request); }
  static std::string put(const std::string& hash, const std::string& body) {
    return "PUT /api/shares/" + hash +
           " HTTP/1.1\r\nConnection: close\r\nContent-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body;
  }
  Process& start_tracker(Words flags = {}, const std::string& listen = "127.0.0.1:0") {
    flags.insert(flags.begin(), {"tracker", "--listen", listen});
    Process& tracker = start("tracker", flags);
    url_ = tracker.wait_first_line().value_or("http://127.0.0.1:0/announce");
    return tracker;
  }

  std::string url_;
};

TEST_F(ByName, SharesAreFoundAndFetched) {
  start_tracker();
  const Seed film = listed("film", "Holiday film.mkv", 300'000);
  listed("notes", "Holiday notes.txt", 1'000);
  Words all = found({});
  std::sort(all.begin(), all.end());
  EXPECT_EQ(all, (Words{"Holiday film.mkv", "Holiday notes.txt"}));
  EXPECT_EQ(found({"FILM"}), Words{"Holiday film.mkv"});
  EXPECT_EQ(found({"*.txt"}), Words{"Holiday notes.txt"});
  EXPECT_EQ(found({"--sort", "size"}), (Words{"Holiday film.mkv", "Holiday notes.txt"}));

  Process& find = start("finder", {"find", "film", "--tracker", url_});
  EXPECT_EQ(find.wait(), 0);
  const Words lines = find.out_lines();
  ASSERT_EQ(lines.size(), 2U) << find.report();
  EXPECT_THAT(lines[1], testing::AllOf(testing::StartsWith("Holiday film.mkv  300 kB      1        0  "),
                                       HasSubstr(without_hints(film.link))));

  Process& exact = this->get("exact", "Holiday film.mkv", {"--no-dht", "--tracker", url_});
  EXPECT_EQ(exact.wait(), 0) << exact.report();
  expect_same(user_dir("film") / "Holiday film.mkv", files("exact") / "Holiday film.mkv");
  Process& part = this->get("part", "notes", {"--no-dht", "--tracker", url_});
  EXPECT_EQ(part.wait(), 0) << part.report();
  expect_same(user_dir("notes") / "Holiday notes.txt", files("part") / "Holiday notes.txt");
}

TEST_F(ByName, AFinishedDownloadInTheWayOfItsNameIsTheSameShareAgain) {
  start_tracker();
  listed("film", "film.mkv");
  const Words words = {"get", "film.mkv", "--no-dht", "--tracker", url_, "--listen", "127.0.0.1:0"};
  EXPECT_EQ(run("user", words), 0);
  ASSERT_TRUE(fs::exists(user_dir("user") / "film.mkv"));
  EXPECT_EQ(run("user", words), 0);
}

TEST_F(ByName, WhatIsNotThereIsAnErrorWithAReason) {
  start_tracker();
  EXPECT_EQ(found({}, 1), Words());
  Process& find = start("finder", {"find", "film", "--tracker", url_});
  EXPECT_EQ(find.wait(), 1);
  EXPECT_THAT(find.err(), HasSubstr("'film'"));
  Process& get = this->get("get", "film", {"--no-dht", "--tracker", url_});
  EXPECT_EQ(get.wait(), 1);
  EXPECT_THAT(get.err(), testing::AllOf(HasSubstr("is called 'film'"), HasSubstr("neither a link")));
  Process& nobody = start("finder", {"find", "--tracker", "http://127.0.0.1:9/announce"});
  EXPECT_EQ(nobody.wait(), 1);
  EXPECT_THAT(nobody.err(), HasSubstr("http://127.0.0.1:9: "));
  EXPECT_EQ(run("finder", {"find", "film"}), 2);
  EXPECT_EQ(run("finder", {"get", "film", "--no-dht"}), 2);
}

TEST_F(ByName, PrivateAndUnlistedSharesNeverAppear) {
  start_tracker();
  for (const std::string& user : {std::string("private"), std::string("unlisted")}) {
    write_random(user_dir(user) / "secret.txt", 1'000, 5);
    const Seed share = seed(user, {"secret.txt"}, {"--" + user, "--no-dht", "--tracker", url_}, "0.0.0.0:0");
    wait_event(*share.process, "status", [](const json& status) {
      return status.at("discovery").get<std::string>().find("0 peers") != std::string::npos;
    });
  }
  listed("public", "public.txt", 1'000);
  EXPECT_EQ(found({}), Words{"public.txt"});
}

TEST_F(ByName, SeveralAreListedAndNoneIsTaken) {
  start_tracker();
  const Seed one = listed("one", "film one.mkv", 1'000);
  const Seed two = listed("two", "film two.mkv", 2'000);
  Process& get = start("get", {"get", "film", "--no-dht", "--tracker", url_});
  EXPECT_EQ(get.wait(), 2) << get.report();
  EXPECT_EQ(get.out(), "");
  EXPECT_THAT(get.err(),
              testing::AllOf(HasSubstr("film one.mkv"), HasSubstr("film two.mkv"), HasSubstr(without_hints(one.link)),
                             HasSubstr(without_hints(two.link)), HasSubstr("2 shares match 'film'")));
  Process& events_of = start("get", {"get", "film", "--no-dht", "--tracker", url_, "--json"});
  EXPECT_EQ(events_of.wait(), 2);
  EXPECT_EQ(events(events_of, "share").size(), 2U);

  // The same name twice is as unclear; a whole name is clear even if others contain it.
  listed("other", "film one.mkv", 3'000);
  EXPECT_EQ(run("get", {"get", "film one.mkv", "--no-dht", "--tracker", url_}), 2);
  EXPECT_EQ(this->get("clear", "film two.mkv", {"--no-dht", "--tracker", url_}).wait(), 0);
}

TEST_F(ByName, OnATerminalAPersonChooses) {
  start_tracker();
  listed("one", "film one.mkv", 1'000);
  listed("two", "film two.mkv", 2'000);
  const Words words = {stp_binary(), "get", "film", "--no-dht", "--tracker", url_, "--listen", "127.0.0.1:0"};
  auto variables = environment("user");
  variables["TERM"] = "xterm";
  Terminal screen(words, variables, user_dir("user"), 300);
  ASSERT_TRUE(screen.wait_for([](const std::string& text) { return text.find("which one?") != text.npos; }))
      << screen.text();
  // The number in front of it.
  const std::size_t name = screen.text().find("film two.mkv");
  const std::size_t line = screen.text().rfind('\n', name) + 1;
  screen.type(screen.text().substr(line, 1) + "\n");
  ASSERT_TRUE(screen.wait_for_end()) << screen.text();
  expect_same(user_dir("two") / "film two.mkv", user_dir("user") / "film two.mkv");
  Terminal again(words, variables, user_dir("nobody"), 300);
  ASSERT_TRUE(again.wait_for([](const std::string& text) { return text.find("which one?") != text.npos; }));
  again.type("\n");
  ASSERT_TRUE(again.wait_for_end()) << again.text();
  EXPECT_THAT(again.text(), HasSubstr("2 shares match 'film'"));
}

TEST_F(ByName, NamesAreNeitherMarkupNorEscapesNorLines) {
  start_tracker();
  const std::string name = "<script>alert(1)<\\script>\n\t\xe2\x80\xae [x]* &amp;";
  write_random(user_dir("odd") / "data", 1'000, 5);
  const Seed share = seed("odd", {"data"}, {"--name", name, "--no-dht", "--tracker", url_});
  wait_event(*share.process, "notice", [](const json& notice) {
    return notice.at("message").get<std::string>().find("listed as <script>") == 0;
  });
  const std::string reply = ask("GET /api/shares HTTP/1.1\r\nConnection: close\r\n\r\n");
  const std::string body = reply.substr(reply.find("\r\n\r\n") + 4);
  EXPECT_EQ(body.find_first_of("<>&\x1b\xe2"), std::string::npos) << body;
  EXPECT_EQ(json::parse(body).at("shares").at(0).at("name"), name);
  EXPECT_EQ(found({}), Words{name});
  Process& find = start("finder", {"find", "--tracker", url_});
  EXPECT_EQ(find.wait(), 0);
  EXPECT_EQ(find.out_lines().size(), 2U) << find.report();
  EXPECT_THAT(find.out(), testing::AllOf(HasSubstr("script>\\n\\t\\u{202e} [x]*"), Not(HasSubstr("\xe2\x80\xae"))));
  // As an exact name it is found in spite of its brackets and stars.
  Process& get = this->get("get", name, {"--no-dht", "--tracker", url_});
  EXPECT_EQ(get.wait(), 0) << get.report();
}

TEST_F(ByName, ForgedDictionariesAreRefused) {
  start_tracker();
  const std::string dictionary =
      "d9:file treed1:ad0:d6:lengthi0eeee12:meta versioni2e4:name6:forged12:piece lengthi16384ee";
  for (const std::string& body :
       {dictionary, std::string("d4:name6:forgede"), std::string(1'048'576, 'd'), std::string()}) {
    EXPECT_THAT(ask(put(std::string(64, 'a'), body)), testing::StartsWith("HTTP/1.1 400 "));
  }
  EXPECT_THAT(ask(put(std::string(64, 'a'), std::string(1'048'577, 'd')).substr(0, 200)),
              testing::StartsWith("HTTP/1.1 413 "));
  EXPECT_EQ(found({}, 1), Words());
}

/// A tracker that knows nobody and whose catalogue has one page.
class OnePageTracker {
 public:
  explicit OnePageTracker(const std::string& page)
      : answer_("HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: " + std::to_string(page.size()) +
                "\r\n\r\n" + page) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t length = sizeof address;
    auto* const raw = reinterpret_cast<sockaddr*>(&address);
    EXPECT_TRUE(::bind(listener_, raw, length) == 0 && ::listen(listener_, 16) == 0 &&
                ::getsockname(listener_, raw, &length) == 0);
    port_ = ntohs(address.sin_port);
    thread_ = std::thread([this] {
      for (int fd = 0; (fd = ::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC)) >= 0; ::close(fd)) answer(fd);
    });
  }
  ~OnePageTracker() {
    ::shutdown(listener_, SHUT_RDWR);  // accept() fails
    thread_.join();
    ::close(listener_);
  }
  OnePageTracker(const OnePageTracker&) = delete;
  OnePageTracker& operator=(const OnePageTracker&) = delete;
  [[nodiscard]] std::string url() const { return "http://127.0.0.1:" + std::to_string(port_) + "/announce"; }

 private:
  void answer(int fd) const {
    std::string request;
    std::array<char, 4096> buffer{};
    while (request.find("\r\n\r\n") == std::string::npos) {
      const ssize_t got = ::recv(fd, buffer.data(), buffer.size(), 0);
      if (got <= 0) return;
      request.append(buffer.data(), static_cast<std::size_t>(got));
    }
    const std::string nobody = "HTTP/1.1 200 OK\r\nContent-Length: 27\r\n\r\nd8:intervali1800e5:peers0:e";
    const std::string& reply = request.find("GET /api/shares") == 0 ? answer_ : nobody;
    static_cast<void>(::send(fd, reply.data(), reply.size(), MSG_NOSIGNAL));
  }

  const int listener_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  unsigned short port_ = 0;
  const std::string answer_;
  std::thread thread_;
};

TEST_F(ByName, ATrackerCannotGiveAShareAnotherName) {
  write_random(user_dir("seed") / "virus.exe", 1'000, 5);
  const Seed share = seed("seed", {"virus.exe"}, {"--no-dht"});
  const std::string hash = share.link.substr(share.link.find("btmh:1220") + 9, 64);
  const auto page_with = [&hash](const std::string& name) {
    return json{{"page", 1},
                {"total", 1},
                {"shares", json::array({{{"name", name},
                                         {"bytes", 1'000},
                                         {"files", 1},
                                         {"seeds", 1},
                                         {"leeches", 0},
                                         {"age", 1},
                                         {"info_hash", hash}}})}}
        .dump();
  };
  const OnePageTracker liar(page_with("holiday film.mkv"));
  const Words flags = {"--no-dht", "--peer", share.endpoint, "--tracker"};
  const auto get_from = [&](const std::string& user, const std::string& name,
                            const OnePageTracker& tracker) -> Process& {
    Words words = flags;
    words.push_back(tracker.url());
    return this->get(user, name, words);
  };
  Process& lied_to = get_from("lied-to", "holiday film.mkv", liar);
  EXPECT_EQ(lied_to.wait(), 32) << lied_to.report();
  EXPECT_THAT(lied_to.err(), HasSubstr("lists this share as holiday film.mkv, but it is called virus.exe"));
  EXPECT_TRUE(fs::is_empty(files("lied-to")));
  const OnePageTracker honest(page_with("virus.exe"));
  EXPECT_EQ(get_from("told", "virus.exe", honest).wait(), 0);
}

TEST_F(ByName, NamesSurviveARestart) {
  Process& tracker = start_tracker();
  const std::string address = url_.substr(7, url_.rfind('/') - 7);
  listed("film", "film.mkv");
  EXPECT_EQ(tracker.interrupt(), 0);
  start_tracker({}, address);
  EXPECT_EQ(found({}), Words{"film.mkv"});  // the share looks after it only every quarter of an hour
  EXPECT_EQ(this->get("get", "film.mkv", {"--no-dht", "--tracker", url_}).wait(), 0);
}

TEST_F(ByName, WithoutACatalogueAShareIsNoticedAndGoesOn) {
  start_tracker({"--no-catalogue"});
  write_random(user_dir("seed") / "film.mkv", 1'000, 5);
  const Seed share = seed("seed", {"film.mkv"}, {"--no-dht", "--tracker", url_});
  wait_event(*share.process, "notice", [](const json& notice) {
    return notice.at("message").get<std::string>().find("keeps no catalogue") != std::string::npos;
  });
  Process& find = start("finder", {"find", "--tracker", url_});
  EXPECT_EQ(find.wait(), 1);
  EXPECT_THAT(find.err(), HasSubstr("keeps no catalogue"));
  EXPECT_EQ(this->get("get", share.link, {"--no-dht"}).wait(), 0);
  EXPECT_EQ(share.process->interrupt(), 0);
}

TEST_F(ByName, AClosedTrackerServesWhatItsFileLists) {
  write_random(user_dir("film") / "film.mkv", 1'000, 5);
  const Seed open = seed("film", {"film.mkv"}, {"--no-dht"});
  const std::string hash = open.link.substr(open.link.find("btmh:1220") + 9, 64);
  EXPECT_EQ(open.process->interrupt(), 0);
  const fs::path list = user_dir("tracker") / "shares.txt";
  std::ofstream(list) << "# nothing yet\n";
  Process& tracker = start_tracker({"--closed", list.string()});
  const auto announce = [&] {
    return ask("GET /announce?port=7001&left=1&info_hash=" + [&] {
      std::string escaped;
      for (std::size_t i = 0; i < 40; i += 2) escaped += "%" + hash.substr(i, 2);
      return escaped;
    }() + " HTTP/1.1\r\nConnection: close\r\n\r\n");
  };
  EXPECT_THAT(announce(), HasSubstr("this tracker is closed"));
  EXPECT_THAT(ask(put(hash, "x")), testing::StartsWith("HTTP/1.1 403 "));
  std::ofstream(list) << hash << "\n";
  tracker.signal(SIGHUP);
  const auto deadline = std::chrono::steady_clock::now() + patience();
  while (announce().find("closed") != std::string::npos) {
    ASSERT_LT(std::chrono::steady_clock::now(), deadline) << tracker.report();
    ::poll(nullptr, 0, 20);
  }
  listed("film", "film.mkv", 1'000);
  EXPECT_EQ(found({}), Words{"film.mkv"});
  std::ofstream(list) << "nonsense\n";
  tracker.signal(SIGHUP);
  ASSERT_TRUE(tracker.wait_stderr([](const std::string& line) { return line.find("the last one stays") != line.npos; }))
      << tracker.report();
  EXPECT_EQ(found({}), Words{"film.mkv"});
  EXPECT_EQ(tracker.interrupt(), 0);
  EXPECT_EQ(run("tracker", {"tracker", "--listen", "127.0.0.1:0", "--closed", list.string()}), 1);
}

}  // namespace
}  // namespace stp::integration
