#include "tracker/announce_query.h"

#include <gtest/gtest.h>

#include <string>

#include "core/percent.h"

namespace stp::tracker {
namespace {

constexpr std::string_view kHash = "info_hash=%124Vx%9A%BC%DE%F1%23%45%67%89%AB%CD%EF%124Vx%9A";
constexpr std::string_view kHashHex = "123456789abcdef123456789abcdef123456789a";

struct GoodCase {
  const char* name;
  std::string_view query;  // after info_hash
  AnnounceQuery expected;  // but its key
};

class GoodAnnounce : public ::testing::TestWithParam<GoodCase> {};

TEST_P(GoodAnnounce, IsRead) {
  const Result<AnnounceQuery> parsed = parse_announce_query(std::string(kHash) + std::string(GetParam().query));
  ASSERT_TRUE(parsed.ok()) << parsed.error().message;
  AnnounceQuery expected = GetParam().expected;
  expected.key = *SwarmKey::parse_hex(kHashHex);
  EXPECT_EQ(*parsed, expected);
}

const GoodCase kGoodCases[] = {
    {"OnlyWhatIsNeeded", "&port=6881", {{}, 6881, false, AnnounceEvent::none, {}, true}},
    {"Seed", "&port=1&left=0", {{}, 1, true, AnnounceEvent::none, {}, true}},
    {"Leech", "&port=65535&left=1", {{}, 65535, false, AnnounceEvent::none, {}, true}},
    {"LeftBeyond64Bits", "&port=1&left=99999999999999999999999", {{}, 1, false, AnnounceEvent::none, {}, true}},
    {"Started", "&port=1&event=started", {{}, 1, false, AnnounceEvent::started, {}, true}},
    {"Completed", "&port=1&event=completed", {{}, 1, false, AnnounceEvent::completed, {}, true}},
    {"Stopped", "&port=1&event=stopped", {{}, 1, false, AnnounceEvent::stopped, {}, true}},
    {"EmptyEvent", "&port=1&event=", {{}, 1, false, AnnounceEvent::none, {}, true}},
    {"Paused", "&port=1&event=paused", {{}, 1, false, AnnounceEvent::paused, {}, true}},
    {"UnknownEventIsPeriodic", "&port=1&event=resumed", {{}, 1, false, AnnounceEvent::none, {}, true}},
    {"LeftNegativeIsALeech", "&port=1&left=-1", {{}, 1, false, AnnounceEvent::none, {}, true}},
    {"LeftEmptyIsALeech", "&port=1&left=", {{}, 1, false, AnnounceEvent::none, {}, true}},
    {"LeftHexIsALeech", "&port=1&left=0x0", {{}, 1, false, AnnounceEvent::none, {}, true}},
    {"NumwantTextIsTheDefault", "&port=1&numwant=all", {{}, 1, false, AnnounceEvent::none, {}, true}},
    {"NumwantMinusIsTheDefault", "&port=1&numwant=-", {{}, 1, false, AnnounceEvent::none, {}, true}},
    {"NumwantEmptyIsTheDefault", "&port=1&numwant=", {{}, 1, false, AnnounceEvent::none, {}, true}},
    {"NumwantFractionIsTheDefault", "&port=1&numwant=1.5", {{}, 1, false, AnnounceEvent::none, {}, true}},
    {"EscapedNames", "&%70o%72t=1&%6Cef%74=0&num%77ant=3", {{}, 1, true, AnnounceEvent::none, 3, true}},
    {"EscapedNameOfAnother", "&port=1&%70ort%32=2&%=3&%00=4", {{}, 1, false, AnnounceEvent::none, {}, true}},
    {"PeerId",
     "&port=1&peer_id=-AB0001-%01%02%03%04%05%06%07%08%09%0a%0b%0c",
     {{},
      1,
      false,
      AnnounceEvent::none,
      {},
      true,
      SessionId::from(as_bytes("-AB0001-\x01\x02\x03\x04\x05\x06\x07\x08\x09\x0a\x0b\x0c"))}},
    {"NoPeerId", "&port=1&no_peer_id=1", {{}, 1, false, AnnounceEvent::none, {}, true, {}, true}},
    {"NoPeerIdZero", "&port=1&no_peer_id=0", {{}, 1, false, AnnounceEvent::none, {}, true, {}, false}},
    {"Numwant", "&port=1&numwant=17", {{}, 1, false, AnnounceEvent::none, 17, true}},
    {"NumwantZero", "&port=1&numwant=0", {{}, 1, false, AnnounceEvent::none, 0, true}},
    {"NumwantNegative", "&port=1&numwant=-1", {{}, 1, false, AnnounceEvent::none, {}, true}},
    {"NumwantHuge", "&port=1&numwant=4294967297", {{}, 1, false, AnnounceEvent::none, 65536, true}},
    {"NotCompact", "&port=1&compact=0", {{}, 1, false, AnnounceEvent::none, {}, false}},
    {"AddressesAreIgnored",
     "&ip=192.0.2.1&ipv4=192.0.2.1%3A80&ipv6=%3A%3A1&port=1",
     {{}, 1, false, AnnounceEvent::none, {}, true}},
    {"UnknownAndEmptyParameters", "&&x&=&port=1&%zz=%zz&", {{}, 1, false, AnnounceEvent::none, {}, true}},
    {"OddPeerId", "&peer_id=short&key=&port=1", {{}, 1, false, AnnounceEvent::none, {}, true}},
};

INSTANTIATE_TEST_SUITE_P(Queries, GoodAnnounce, ::testing::ValuesIn(kGoodCases),
                         [](const auto& row) { return row.param.name; });

struct BadQueryCase {
  const char* name;
  std::string_view query;
  std::string_view message;
};

class BadAnnounce : public ::testing::TestWithParam<BadQueryCase> {};

TEST_P(BadAnnounce, IsRefusedWithTheReason) {
  const Result<AnnounceQuery> parsed = parse_announce_query(GetParam().query);
  ASSERT_FALSE(parsed.ok());
  EXPECT_EQ(parsed.error().kind, ErrorKind::malformed);
  EXPECT_EQ(parsed.error().message, GetParam().message);
}

constexpr std::string_view kNotAHash = "info_hash is not 20 percent-encoded bytes";
constexpr std::string_view kNotAPort = "port is not a number from 1 to 65535";
const BadQueryCase kBadQueries[] = {
    {"Empty", "", "info_hash is missing"},
    {"NoHash", "port=1", "info_hash is missing"},
    {"EmptyHash", "info_hash=&port=1", kNotAHash},
    {"NineteenBytes", "info_hash=aaaaaaaaaaaaaaaaaaa&port=1", kNotAHash},
    {"TwentyOneBytes", "info_hash=aaaaaaaaaaaaaaaaaaaaa&port=1", kNotAHash},
    {"ThirtyThreeBytes", "info_hash=aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa&port=1", kNotAHash},
    {"HexInsteadOfBytes", "info_hash=123456789abcdef123456789abcdef123456789a&port=1", kNotAHash},
    {"EscapeWithoutDigits", "info_hash=aaaaaaaaaaaaaaaaaaa%zz&port=1", kNotAHash},
    {"EscapeCutShort", "info_hash=aaaaaaaaaaaaaaaaaaa%4", kNotAHash},
    {"TwoHashes", "info_hash=aaaaaaaaaaaaaaaaaaaa&info_hash=aaaaaaaaaaaaaaaaaaaa&port=1",
     "more than one info_hash in an announce"},
    {"NoPort", "info_hash=aaaaaaaaaaaaaaaaaaaa", "port is missing"},
    {"PortZero", "info_hash=aaaaaaaaaaaaaaaaaaaa&port=0", kNotAPort},
    {"PortTooLarge", "info_hash=aaaaaaaaaaaaaaaaaaaa&port=65536", kNotAPort},
    {"PortWraps", "info_hash=aaaaaaaaaaaaaaaaaaaa&port=18446744073709551617", kNotAPort},
    {"PortWithSign", "info_hash=aaaaaaaaaaaaaaaaaaaa&port=+1", kNotAPort},
    {"PortEmpty", "info_hash=aaaaaaaaaaaaaaaaaaaa&port=", kNotAPort},
};

INSTANTIATE_TEST_SUITE_P(Queries, BadAnnounce, ::testing::ValuesIn(kBadQueries),
                         [](const auto& row) { return row.param.name; });

TEST(AnnounceQuery, TruncatesAVersion2InfoHash) {
  const Result<AnnounceQuery> parsed = parse_announce_query("info_hash=aaaaaaaaaaaaaaaaaaaabbbbbbbbbbbb&port=1");
  ASSERT_TRUE(parsed.ok());
  EXPECT_EQ(as_text(parsed->key.span()), "aaaaaaaaaaaaaaaaaaaa");
}

TEST(AnnounceQuery, TakesAnEscapedName) {
  const Result<AnnounceQuery> parsed = parse_announce_query("%69nfo_hash=aaaaaaaaaaaaaaaaaaaa&port=1");
  ASSERT_TRUE(parsed.ok()) << parsed.error().message;
  EXPECT_EQ(as_text(parsed->key.span()), "aaaaaaaaaaaaaaaaaaaa");
  EXPECT_EQ(parse_scrape_query("info%5Fhash=aaaaaaaaaaaaaaaaaaaa")->size(), 1U);
}

TEST(AnnounceQuery, TakesAPlusAsItself) {
  const Result<AnnounceQuery> parsed = parse_announce_query("info_hash=aaaaaaaaaaaaaaaaaaa+&port=1");
  ASSERT_TRUE(parsed.ok());
  EXPECT_EQ(as_text(parsed->key.span()), "aaaaaaaaaaaaaaaaaaa+");
}

TEST(AnnounceQuery, ReadsEveryEncodedByteOfAKey) {
  for (unsigned b = 0; b < 256; ++b) {
    SwarmKey key;
    key.bytes.fill(static_cast<std::byte>(b));
    const Result<AnnounceQuery> parsed =
        parse_announce_query("info_hash=" + percent_encode(as_text(key.span())) + "&port=1");
    ASSERT_TRUE(parsed.ok()) << b;
    EXPECT_EQ(parsed->key, key) << b;
  }
}

TEST(ScrapeQuery, GivesTheKeysSortedAndOnce) {
  const Result<std::vector<SwarmKey>> keys = parse_scrape_query(
      "info_hash=bbbbbbbbbbbbbbbbbbbb&x=1&info_hash=aaaaaaaaaaaaaaaaaaaa&info_hash=bbbbbbbbbbbbbbbbbbbb");
  ASSERT_TRUE(keys.ok());
  ASSERT_EQ(keys->size(), 2U);
  EXPECT_EQ(as_text((*keys)[0].span()), "aaaaaaaaaaaaaaaaaaaa");
  EXPECT_EQ(as_text((*keys)[1].span()), "bbbbbbbbbbbbbbbbbbbb");
}

TEST(ScrapeQuery, RefusesToListEverything) {
  EXPECT_FALSE(parse_scrape_query("").ok());
  EXPECT_FALSE(parse_scrape_query("info_hash=").ok());
}

TEST(ScrapeQuery, HasABoundedNumberOfKeys) {
  std::string query;
  for (std::size_t i = 0; i < kScrapeKeysMax; ++i) query += "&info_hash=aaaaaaaaaaaaaaaaaaaa";
  EXPECT_TRUE(parse_scrape_query(query).ok());
  const Result<std::vector<SwarmKey>> keys = parse_scrape_query(query + "&info_hash=aaaaaaaaaaaaaaaaaaaa");
  ASSERT_FALSE(keys.ok());
  EXPECT_EQ(keys.error().kind, ErrorKind::limit);
}

}  // namespace
}  // namespace stp::tracker
