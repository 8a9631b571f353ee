// What a person sees: on a terminal, in its background, on one without escape sequences, on a narrow one.
#include "integration/terminal.h"

#include <algorithm>

#include "integration/stp_test.h"

namespace stp::integration {
namespace {

using testing::HasSubstr;
using testing::Not;

class OnATerminal : public StpTest {
 protected:
  using Variables = std::map<std::string, std::string>;

  /// A terminal with the program and its arguments in the directory of `user`.
  Terminal terminal(const std::string& user, std::vector<std::string> arguments, Variables variables,
                    unsigned short columns = 80) {
    variables.merge(environment(user));
    return Terminal(std::move(arguments), std::move(variables), user_dir(user), columns);
  }
  static Words stp(Words arguments) {
    arguments.insert(arguments.begin(), stp_binary());
    return arguments;
  }
  /// `get` of something that nobody has, which waits for ever.
  static Words waiting_get() {
    return {"get",         "magnet:?xt=urn:btmh:1220" + std::string(64, 'a'),
            "--no-dht",    "--peer",
            "127.0.0.1:9", "--listen",
            "127.0.0.1:0"};
  }
  static bool has(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }
  static std::size_t count(const std::string& text, const std::string& part) {
    std::size_t found = 0;
    for (std::size_t at = 0; (at = text.find(part, at)) != std::string::npos; ++at) ++found;
    return found;
  }
};

TEST_F(OnATerminal, TheProgressLineIsRedrawn) {
  Terminal screen = terminal("user", stp(waiting_get()), {{"TERM", "xterm"}}, 200);
  EXPECT_TRUE(screen.wait_for([](const std::string& text) { return count(text, "\r\x1b[K") >= 3; })) << screen.text();
  EXPECT_THAT(screen.text(), HasSubstr("waiting: "));
  screen.type("\x03");
  EXPECT_TRUE(screen.wait_for_end()) << screen.text();
  EXPECT_THAT(screen.text(), HasSubstr("stp: interrupted"));
}

TEST_F(OnATerminal, SeveralDownloadsHaveALineEach) {
  Words words = waiting_get();
  words.insert(words.begin() + 1, "magnet:?xt=urn:btmh:1220" + std::string(64, 'b') + "&dn=second");
  Terminal screen = terminal("user", stp(words), {{"TERM", "xterm"}}, 200);
  EXPECT_TRUE(screen.wait_for([](const std::string& text) { return count(text, "\r\x1b[K\x1b[A\x1b[K") >= 3; }))
      << screen.text();
  screen.type("\x03");
  EXPECT_TRUE(screen.wait_for_end()) << screen.text();
  EXPECT_THAT(screen.text(), HasSubstr("stp: second: interrupted"));
}

TEST_F(OnATerminal, TheReasonSurvivesOnFortyColumns) {
  Terminal screen = terminal("user", stp(waiting_get()), {{"TERM", "xterm"}}, 40);
  EXPECT_TRUE(screen.wait_for([](const std::string& text) { return has(text, "no peer connected"); })) << screen.text();
}

TEST_F(OnATerminal, DumbOnesAndNoColorGetNoEscapes) {
  for (const Variables& variables :
       {Variables{{"TERM", "dumb"}}, Variables{{"TERM", "xterm"}, {"NO_COLOR", "1"}}, Variables{}}) {
    Terminal screen = terminal("user", stp(waiting_get()), variables);
    EXPECT_TRUE(screen.wait_for([](const std::string& text) { return has(text, "waiting: "); })) << screen.text();
    screen.type("\x03");
    EXPECT_TRUE(screen.wait_for_end()) << screen.text();
    EXPECT_THAT(screen.text(), Not(HasSubstr("\x1b")));
  }
}

TEST_F(OnATerminal, InTheBackgroundNothingIsWrittenOverThePrompt) {
  write_random(user_dir("seed") / "f", 100'000, 5);
  const Seed seed = this->seed("seed", {"f"}, {"--no-dht"});
  // With job control each job has a process group of its own, and the terminal is the shell's.
  const std::string script = "set -m; " + shell_words(waiting_get()) + " & waits=$!; printf 'PROMPT> '; " +
                             shell_words({"get", seed.link, "--no-dht", "--listen", "127.0.0.1:0"}) +
                             " & wait $!; kill -TERM $waits; wait $waits; echo ended";
  Terminal screen = terminal("user", {"/bin/sh", "-c", script}, {{"TERM", "xterm"}});
  EXPECT_TRUE(screen.wait_for([](const std::string& text) { return has(text, "ended\r\n"); })) << screen.text();
  EXPECT_THAT(screen.text(), HasSubstr("f: complete and verified"));
  EXPECT_THAT(screen.text(), Not(HasSubstr("\x1b")));
  EXPECT_THAT(screen.text(), Not(HasSubstr("waiting: ")));  // few lines, and none at once
}

TEST_F(OnATerminal, HelpIsAsWideAsItIs) {
  for (const unsigned short columns : std::initializer_list<unsigned short>{50, 110}) {
    Terminal screen = terminal("user", stp({"get", "--help"}), {{"TERM", "xterm"}}, columns);
    ASSERT_TRUE(screen.wait_for_end()) << screen.text();
    std::size_t longest = 0;
    const std::string text = screen.text().substr(0, screen.text().find("Examples:"));
    for (std::size_t begin = 0; begin < text.size();) {
      const std::size_t end = std::min(text.find("\r\n", begin), text.size());
      longest = std::max(longest, end - begin);
      begin = end + 2;
    }
    EXPECT_LE(longest, columns);
    EXPECT_GT(longest, columns - 15U);
  }
}

}  // namespace
}  // namespace stp::integration
