#include "cli/found_shares.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace stp::cli {
namespace {

using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

Found found(std::string name, std::int64_t bytes, std::uint32_t seeds) {
  Found each;
  each.share.name = std::move(name);
  each.share.bytes = bytes;
  each.share.files = 1;
  each.share.seeds = seeds;
  each.share.leeches = 2;
  each.share.age = std::chrono::seconds(125);
  each.trackers = {"http://t.example:65000/announce"};
  return each;
}

TEST(FoundShares, ATableIsAlignedByColumnsOnTheScreen) {
  const std::vector<std::string> lines =
      table_of({found("日本", 20'000'000, 3), found("a longer name", 5, 1000)}, false);
  ASSERT_EQ(lines.size(), 3U);
  EXPECT_EQ(lines[0], "NAME              SIZE  SEEDS  LEECHES     AGE  LINK");
  EXPECT_THAT(lines[1], StartsWith("日本           20.0 MB      3        2  2m 05s  magnet:?xt=urn:btmh:1220"));
  EXPECT_THAT(lines[2], StartsWith("a longer name      5 B   1000        2  2m 05s  magnet:?xt=urn:btmh:1220"));
}

TEST(FoundShares, NumbersStandInFront) {
  std::vector<Found> shares;
  for (int i = 0; i < 12; ++i) shares.push_back(found("x", 1, 1));
  const std::vector<std::string> lines = table_of(shares, true);
  EXPECT_THAT(lines[0], StartsWith("    NAME"));
  EXPECT_THAT(lines[1], StartsWith(" 1  x"));
  EXPECT_THAT(lines[12], StartsWith("12  x"));
}

TEST(FoundShares, ANameCannotBreakTheTable) {
  const std::vector<std::string> lines =
      table_of({found("two\nlines\t\x1b[2J \xe2\x80\xae " + std::string(100, 'x'), 1, 1)}, false);
  ASSERT_EQ(lines.size(), 2U);
  EXPECT_THAT(lines[1], StartsWith("two\\nlines\\t\\x1b[2J \\u{202e} xxx"));
  EXPECT_EQ(lines[1].find_first_of("\n\t\x1b"), std::string::npos);
  EXPECT_LT(lines[0].size(), 100U);  // a long name pushes only its own line to the right
}

TEST(FoundShares, ALinkIsMadeOfTheHashAndTheTrackersThatWereAsked) {
  Found share = found("a & b", 1, 1);
  share.share.info_hash.bytes.fill(std::byte{0xcd});
  share.trackers.emplace_back("https://other.example/announce");
  EXPECT_THAT(share.link(), testing::AllOf(HasSubstr("1220cdcd"), HasSubstr("dn=a%20%26%20b"),
                                           HasSubstr("tr=http%3A%2F%2Ft.example%3A65000%2Fannounce"),
                                           HasSubstr("tr=https%3A%2F%2Fother.example%2Fannounce")));
}

TEST(FoundShares, OnlyWithATrackerAndNoLinkIsATextAName) {
  Options options;
  EXPECT_FALSE(may_be_a_name(options, "film"));
  options.trackers = {"http://t.example/announce", "udp://u.example:1"};
  EXPECT_TRUE(may_be_a_name(options, "film"));
  EXPECT_TRUE(may_be_a_name(options, std::string(255, 'x')));
  for (const std::string& text :
       {std::string(), std::string("-"), std::string(256, 'x'), std::string("\xff"), std::string("photos/x.torrent"),
        std::string(".."), "magnet:?xt=urn:btmh:1220" + std::string(64, 'a')}) {
    EXPECT_FALSE(may_be_a_name(options, text)) << text;
  }
  EXPECT_EQ(trackers_text(options), "http://t.example or udp://u.example:1");
  options.trackers_allowed = false;
  EXPECT_FALSE(may_be_a_name(options, "film"));
}

}  // namespace
}  // namespace stp::cli
