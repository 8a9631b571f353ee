#include "webseed/response_head.h"

#include <gtest/gtest.h>

namespace stp::webseed {
namespace {

struct RangeCase {
  const char* name;
  const char* value;
  std::optional<ContentRange> expected;
};

class ContentRanges : public testing::TestWithParam<RangeCase> {};

TEST_P(ContentRanges, AreReadOrRefused) {
  EXPECT_EQ(parse_content_range(GetParam().value), GetParam().expected);
}

INSTANTIATE_TEST_SUITE_P(, ContentRanges,
                         testing::Values(RangeCase{"Whole", "bytes 0-499/1234", ContentRange{0, 499, 1234}},
                                         RangeCase{"UnknownLength", "bytes 5-5/*", ContentRange{5, 5, std::nullopt}},
                                         RangeCase{"BlanksAndCase", " Bytes\t 1-2/3 ", ContentRange{1, 2, 3}},
                                         RangeCase{"Empty", "", std::nullopt},
                                         RangeCase{"NoUnit", "0-1/2", std::nullopt},
                                         RangeCase{"OtherUnit", "items 0-1/2", std::nullopt},
                                         RangeCase{"Unsatisfied", "bytes */1234", std::nullopt},
                                         RangeCase{"Backwards", "bytes 5-4/10", std::nullopt},
                                         RangeCase{"PastItsEnd", "bytes 0-10/10", std::nullopt},
                                         RangeCase{"Negative", "bytes -1-4/10", std::nullopt},
                                         RangeCase{"Overflow", "bytes 0-9223372036854775808/*", std::nullopt},
                                         RangeCase{"Trailing", "bytes 0-1/2x", std::nullopt},
                                         RangeCase{"NoSlash", "bytes 0-1", std::nullopt}),
                         [](const auto& row) { return row.param.name; });

TEST(HeadReader, TakesTheLastHeadAndIgnoresWhatFollowsIt) {
  HeadReader reader;
  for (const char* line : {"HTTP/1.1 100 Continue\r\n", "Location: /early\r\n", "\r\n",
                           "HTTP/1.1 206 Partial Content\r\n", "Content-Length: 10\r\n",
                           "CONTENT-RANGE: bytes 0-9/20\r\n", "Retry-After: 30\r\n", "\r\n", "Content-Length: x\r\n"}) {
    EXPECT_TRUE(reader.handle_line(line)) << line;
  }
  EXPECT_TRUE(reader.done());
  EXPECT_EQ(reader.head().status, 206U);
  EXPECT_EQ(reader.head().length, 10);
  EXPECT_EQ(reader.head().range, (ContentRange{0, 9, 20}));
  EXPECT_EQ(reader.head().retry_after, std::chrono::seconds(30));
  EXPECT_EQ(reader.head().location, "");
}

TEST(HeadReader, RefusesWhatDecidesAndIsMalformed) {
  for (const std::string line : {"Content-Length: -1", "Content-Length: 1, 1", "Content-Range: bytes 4-2/9"}) {
    HeadReader reader;
    EXPECT_TRUE(reader.handle_line("HTTP/1.1 206 x"));
    EXPECT_FALSE(reader.handle_line(line)) << line;
  }
  HeadReader reader;
  EXPECT_FALSE(reader.handle_line("ICY 200 OK"));
  EXPECT_TRUE(reader.handle_line("HTTP/2 416 "));
  EXPECT_TRUE(reader.handle_line("Content-Range: bytes */7"));  // decides nothing there
  EXPECT_TRUE(reader.handle_line("Location: " + std::string(HeadReader::kLocationBytesMax, 'a')));
  EXPECT_FALSE(reader.handle_line("Location: " + std::string(HeadReader::kLocationBytesMax + 1, 'a')));
}

TEST(HeadReader, IdentityIsNoEncoding) {
  HeadReader reader;
  EXPECT_TRUE(reader.handle_line("HTTP/1.1 200 OK"));
  EXPECT_TRUE(reader.handle_line("Content-Encoding: Identity"));
  EXPECT_EQ(reader.head().encoding, "");
  EXPECT_TRUE(reader.handle_line("Content-Encoding: GZIP"));
  EXPECT_EQ(reader.head().encoding, "gzip");
}

}  // namespace
}  // namespace stp::webseed
