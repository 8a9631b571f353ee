#include "cli/top_screen.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <regex>

#include "console/text_width.h"

namespace stp::cli {
namespace {

using nlohmann::json;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

// What a person does with it is tested under a terminal: tests/terminal/top_test.py.

std::string plain(const std::string& text) {
  return std::regex_replace(text, std::regex("\x1b\\[[0-9;]*m"), "");
}

TopState state_with(std::int64_t shares) {
  TopState state;
  state.daemon = {{"listening", "[::]:64500"},
                  {"router", {{"state", "refused"}, {"message", "a router\x1b[2J refuses"}}}};
  for (std::int64_t id = 1; id <= shares; ++id) {
    state.shares.update({{"id", id},
                         {"name", "n\x1b[2J" + std::string(static_cast<std::size_t>(id % 90), 'x')},
                         {"state", id % 2 == 0 ? "error" : "downloading"},
                         {"error", {{"kind", "io"}, {"message", "it\nbroke"}}},
                         {"bytes", 1'000'000'000'000},
                         {"done", 1},
                         {"of", 3},
                         {"down_rate", 999'000'000}});
  }
  state.peers = json::array();
  for (int i = 0; i < 100; ++i) {
    state.peers.push_back({{"address", "[2001:db8::" + std::to_string(i) + "]:64500"},
                           {"client", "c\x1b]0;x\a" + std::string(100, 'c')},
                           {"found_by", "tracker"},
                           {"wire", "bittorrent"},
                           {"wire_version", 1},
                           {"encrypted", true},
                           {"chunks", 1},
                           {"of_chunks", 4},
                           {"wanted", true},
                           {"serves_us", true},
                           {"requested", 12}});
  }
  state.chunks = {{"had", std::vector<int>(400, 50)}, {"availability", std::vector<int>(400, 1)}};
  return state;
}

TEST(TopScreen, FitsEverySize) {
#ifdef STP_SANITIZED
  constexpr std::size_t kStep = 49;
#else
  constexpr std::size_t kStep = 7;
#endif
  for (const char* const keys : {"", "\r", "?", "/x", "x", "l"}) {
    TopState state = state_with(30);
    for (const KeyPress& key : keys_in(keys)) static_cast<void>(state.press(key, 1));
    for (std::size_t columns = 20; columns <= 220; columns += kStep) {
      for (const std::size_t rows : {1U, 3U, 8U, 16U, 24U, 60U}) {
        const std::vector<std::string> lines = top_screen(state, {columns, rows});
        ASSERT_LE(lines.size(), rows);
        for (const std::string& line : lines) {
          ASSERT_LE(console::display_width(plain(line)), columns) << line;
          ASSERT_EQ(plain(line).find('\x1b'), std::string::npos) << "of somebody else";
        }
      }
    }
  }
}

TEST(TopScreen, ShowsTheSelectedRowWhereverItIs) {
  TopState state = state_with(1000);
  for (const std::int64_t down : {0, 5, 500, 999}) {
    state.shares.move(INT64_MIN);
    state.shares.move(down);
    const std::vector<std::string> lines = top_screen(state, {80, 24});
    const std::string id = std::to_string(down + 1) + "  ";
    EXPECT_TRUE(std::any_of(lines.begin(), lines.end(), [&](const std::string& line) {
      return line.starts_with("\x1b[7m") && plain(line).find(id) != std::string::npos;
    })) << down;
  }
}

TEST(TopScreen, CountsWebSeedsBesideThePeers) {
  TopState state = state_with(1);
  state.shares.update(
      {{"id", 1}, {"name", "n"}, {"state", "downloading"}, {"bytes", 10}, {"peers", 2}, {"web_seeds", 1}});
  for (const KeyPress& key : keys_in("\r")) static_cast<void>(state.press(key, 1));
  std::string text;
  for (const std::string& line : top_screen(state, {120, 24})) text += plain(line) + "\n";
  EXPECT_NE(text.find("2 peers, 1 web seed\n"), std::string::npos) << text;
}

TEST(TopScreen, SaysWhatTheRouterAndTheDhtDo) {
  TopState state = state_with(1);
  state.daemon["router"] = {{"state", "open"}, {"message", "reachable at 192.0.2.7:64500 through the router"}};
  state.dht = {{"families", {{{"nodes", 5}, {"good", 3}, {"seen_as", "192.0.2.7"}}}}, {"lookups", 2}};
  std::vector<std::string> lines = top_screen(state, {120, 24});
  EXPECT_EQ(plain(lines[1]), "listening on [::]:64500  DHT: 5 nodes, 3 answer, seen as 192.0.2.7, 2 look-ups");
  EXPECT_EQ(plain(lines[2]), "reachable at 192.0.2.7:64500 through the router");
  EXPECT_THAT(plain(lines[3]), HasSubstr("NAME"));
  EXPECT_EQ(lines.size(), 24U);
  state.daemon["router"] = {{"state", "asking"}, {"message", ""}};
  EXPECT_EQ(plain(top_screen(state, {120, 24})[2]), "asking the router to open the port");
  state.daemon["router"] = {{"state", "off"}, {"message", ""}};
  EXPECT_THAT(plain(top_screen(state, {120, 24})[2]), HasSubstr("NAME")) << "no line without anything to say";
}

TEST(TopScreen, OnlyWhatHasChangedIsWritten) {
  EXPECT_EQ(screen_change({"a", "b"}, {"a", "b"}), "");
  EXPECT_EQ(screen_change({"a", "b"}, {"a", "c"}), "\x1b[2;1H\x1b[Kc");
  EXPECT_EQ(screen_change({}, {"a"}), "\x1b[1;1H\x1b[Ka");
}

TEST(TopKeys, AreUnderstoodAlsoSeveralAtOnce) {
  EXPECT_THAT(keys_in("\x1b[A\x1bOBq\r"),
              ElementsAre(KeyPress{Key::up}, KeyPress{Key::down}, KeyPress{Key::text, "q"}, KeyPress{Key::enter}));
  EXPECT_THAT(keys_in("\x1b"), ElementsAre(KeyPress{Key::escape}));
  EXPECT_THAT(keys_in("\x1b[5~\x1b[6~\x1b[H\x1b[4~"),
              ElementsAre(KeyPress{Key::page_up}, KeyPress{Key::page_down}, KeyPress{Key::home}, KeyPress{Key::end}));
  EXPECT_THAT(keys_in("é\x7f"), ElementsAre(KeyPress{Key::text, "é"}, KeyPress{Key::backspace}));
  EXPECT_THAT(keys_in("\x1b[1;5C\x1b[24~x"), ElementsAre(KeyPress{Key::text, "x"})) << "keys without a meaning";
}

TEST(TopState, RemovingAsksFirst) {
  TopState state = state_with(1);
  const auto press = [&](const char* key) { return state.press(keys_in(key).front(), 1); };
  EXPECT_EQ(press("x").kind, TopAction::Kind::none);
  EXPECT_EQ(press("q").kind, TopAction::Kind::none) << "anything else is a no";
  EXPECT_EQ(press("y").kind, TopAction::Kind::none);
  EXPECT_EQ(press("x").kind, TopAction::Kind::none);
  const TopAction action = press("d");
  EXPECT_EQ(action.kind, TopAction::Kind::remove_with_data);
  EXPECT_EQ(action.id, 1);
}

TEST(TopState, TheQuestionIsAboutTheShareThatWasSelectedThen) {
  TopState state = state_with(3);
  static_cast<void>(state.press({Key::text, "x"}, 1));
  state.shares.remove(1);
  EXPECT_EQ(state.press({Key::text, "y"}, 1).id, 1);
}

TEST(TopState, EnterKeepsALimitAsItIs) {
  TopState state = state_with(1);
  state.daemon["settings"] = {{"up_limit", 5000}, {"down_limit", 7000}};
  TopAction action;
  for (const KeyPress& key : keys_in("l\r1MB/s\r")) action = state.press(key, 1);
  EXPECT_EQ(action.kind, TopAction::Kind::set_limits);
  EXPECT_EQ(action.up, 5000);
  EXPECT_EQ(action.down, 1'000'000);
}

}  // namespace
}  // namespace stp::cli
