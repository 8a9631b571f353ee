#include "wire/link.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "core/rng.h"
#include "unit/wire/samples.h"

namespace stp::wire {
namespace {

using testing::HasSubstr;

const std::string kHash = "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f";
const std::string kMagnet = "magnet:?xt=urn:btmh:1220" + kHash;

Link private_link() {
  Link link;
  link.info_hashes.v2 = *InfoHash::parse_hex(kHash);
  link.secret = crypto::Secret::from(from_hex("404142434445464748494a4b4c4d4e4f").value());
  return link;
}

Link parsed(const std::string& text) {
  Result<Link> link = Link::parse(text);
  EXPECT_TRUE(link.ok()) << text << ": " << link.error().message;
  return link.ok() ? *link : Link{};
}

Error refused(const std::string& text) {
  const Result<Link> link = Link::parse(text);
  EXPECT_FALSE(link.ok()) << text;
  return link.ok() ? Error{} : link.error();
}

TEST(Link, PublicLinkIsAMagnet) {
  Link link;
  link.info_hashes.v2 = *InfoHash::parse_hex(kHash);
  EXPECT_EQ(link.to_string(), kMagnet);
  link.name = "a b&c+d.iso";
  link.trackers = {"http://t.example:65000/announce?k=v&x"};
  link.peers = {{"192.0.2.1", 64500}, {"2001:db8::1", 1}, {"host.example", 65535}};
  EXPECT_EQ(link.to_string(), kMagnet +
                                  "&dn=a%20b%26c%2Bd.iso&tr=http%3A%2F%2Ft.example%3A65000%2Fannounce%3Fk%3Dv%26x"
                                  "&x.pe=192.0.2.1:64500&x.pe=[2001:db8::1]:1&x.pe=host.example:65535");
  EXPECT_EQ(parsed(link.to_string()), link);
}

TEST(Link, PrivateLinkRoundTrips) {
  Link link = private_link();
  EXPECT_EQ(link.to_string().size(), 4U + 70U);
  EXPECT_EQ(parsed(link.to_string()), link);
  link.name = "holiday";
  link.trackers = {"http://t.example/announce"};
  link.peers = {{"192.0.2.1", 64500}};
  EXPECT_THAT(link.to_string(),
              testing::EndsWith("?dn=holiday&tr=http%3A%2F%2Ft.example%2Fannounce&x.pe=192.0.2.1:64500"));
  EXPECT_EQ(parsed(link.to_string()), link);
}

TEST(Link, RandomLinksRoundTrip) {
  Rng rng(11);
  for (int i = 0; i < 300; ++i) {
    Link link;
    rng.fill(link.info_hashes.v2.emplace().bytes);
    if (rng.below(2) == 0) {
      crypto::Secret secret;
      rng.fill(secret.mutable_span());
      link.secret = secret;
    }
    for (std::uint64_t n = rng.below(100); n > 0; --n) link.name += static_cast<char>(0x20 + rng.below(95));
    for (std::uint64_t n = rng.below(5); n > 0; --n) link.trackers.push_back("http://t/" + std::to_string(rng.next()));
    for (std::uint64_t n = rng.below(5); n > 0; --n) {
      link.peers.push_back({"h" + std::to_string(rng.next()), static_cast<Port>(1 + rng.below(65535))});
    }
    EXPECT_EQ(parsed(link.to_string()), link) << link.to_string();
  }
}

TEST(Link, MagnetsOfOtherProgramsAreUnderstood) {
  const InfoHash hash = *InfoHash::parse_hex(kHash);
  const std::string v1 = "xt=urn:btih:c12fe1c06bba254a9dc9f519b335aa7c1367a88a";
  const std::vector<std::string> texts = {
      "magnet:?" + v1 + "&xt=urn:btmh:1220" + kHash,                   // hybrid
      "magnet:?xt.1=" + v1.substr(3) + "&xt.2=urn:btmh:1220" + kHash,  // numbered keys
      "MAGNET:?XT=URN:BTMH:1220000102030405060708090A0B0C0D0E0F101112131415161718191A1B1C1D1E1F",
      "magnet:?dn=x&so=0,2,4-6&ws=http://w.example&xt=urn%3Abtmh%3A1220" + kHash,
      "  " + kMagnet + "\r\n",
      "magnet:?&&xt=urn:btmh:1220" + kHash + "&&",
      kMagnet + "&" + kMagnet.substr(8),  // the same twice
  };
  for (const std::string& text : texts) {
    EXPECT_EQ(parsed(text).info_hash(), hash) << text;
  }
}

const std::string kHashV1 = "c12fe1c06bba254a9dc9f519b335aa7c1367a88a";

TEST(Link, OfV1IsReadInHexAndBase32) {
  // Python: base64.b32encode(bytes.fromhex(kHashV1))
  for (const std::string& text :
       {"magnet:?xt=urn:btih:" + kHashV1, std::string("magnet:?xt=urn:btih:YEX6DQDLXISUVHOJ6UM3GNNKPQJWPKEK"),
        std::string("magnet:?xt=urn:btih:C12FE1C06BBA254A9DC9F519B335AA7C1367A88A."),
        std::string("magnet:?xt=urn:btih:yex6dqdlxisuvhoj6um3gnnkpqjwpkek&xt=urn:btih:") + kHashV1}) {
    const Link link = parsed(text);
    ASSERT_TRUE(link.info_hashes.v1) << text;
    EXPECT_EQ(link.info_hashes.v1->hex(), kHashV1);
    EXPECT_FALSE(link.info_hashes.v2);
    EXPECT_EQ(link.swarm_keys().front().hex(), kHashV1);
    EXPECT_EQ(link.to_string(), "magnet:?xt=urn:btih:" + kHashV1);
    EXPECT_EQ(link.info_hash(), name_of(*link.info_hashes.v1));
    EXPECT_TRUE(link.info_hashes.have(link.info_hash()));
  }
}

TEST(Link, OfAHybridHasBothHashes) {
  const std::string text = "magnet:?xt=urn:btih:" + kHashV1 + "&xt=urn:btmh:1220" + kHash;
  const Link link = parsed(text);
  EXPECT_TRUE(link.info_hashes.hybrid());
  EXPECT_EQ(link.to_string(), text);
  EXPECT_EQ(link.info_hash(), *link.info_hashes.v2);
  EXPECT_TRUE(link.info_hashes.have(name_of(*link.info_hashes.v1)));
  ASSERT_EQ(link.swarm_keys().size(), 2U);
  EXPECT_EQ(link.swarm_keys()[0].hex(), kHash.substr(0, 40));
  EXPECT_EQ(link.swarm_keys()[1].hex(), kHashV1);
}

TEST(Link, OfAHybridIsMetUnderEitherHash) {
  const std::string v1 = "xt=urn:btih:" + kHashV1;
  const std::string v2 = "xt=urn:btmh:1220" + kHash;
  const Link both = parsed("magnet:?" + v1 + "&" + v2);
  const Link old = parsed("magnet:?" + v1);
  const Link modern = parsed("magnet:?" + v2);
  EXPECT_TRUE(both.meets(old) && both.meets(modern) && old.meets(both) && modern.meets(both));
  EXPECT_FALSE(old.meets(modern));
  // Who knows only one of the hashes proves to know that one.
  ASSERT_EQ(both.accesses().size(), 2U);
  EXPECT_TRUE(both.accesses()[0].v2);
  EXPECT_FALSE(both.accesses()[1].v2);
  EXPECT_TRUE(both.accesses()[0].psk == modern.accesses().front().psk);
  EXPECT_TRUE(both.accesses()[1].psk == old.accesses().front().psk);
  EXPECT_FALSE(both.accesses()[0].psk == both.accesses()[1].psk);
}

TEST(Link, ABareInfoHashIsThePublicShareThatItNames) {
  const auto magnet = [](std::string_view text) {
    const std::optional<Link> link = read_bare_hash(text);
    return link ? link->to_string() : std::string();
  };
  const std::string v1 = "magnet:?xt=urn:btih:" + kHashV1;
  const std::string v2 = "magnet:?xt=urn:btmh:1220" + kHash;
  EXPECT_EQ(magnet(kHashV1), v1);
  EXPECT_EQ(magnet("C12FE1C06BBA254A9DC9F519B335AA7C1367A88A"), v1);
  EXPECT_EQ(magnet("YEX6DQDLXISUVHOJ6UM3GNNKPQJWPKEK"), v1);
  EXPECT_EQ(magnet(kHash), v2);
  EXPECT_EQ(magnet("1220" + kHash), v2);
  EXPECT_EQ(Link::parse(kHash).value().to_string(), v2);
  for (const std::string& text : {kHashV1.substr(1), kHashV1 + "0", "1114" + kHashV1, "1221" + kHash, kHash + " ",
                                  std::string(40, 'g'), std::string(32, '1'), std::string(64, 'x'), std::string()}) {
    EXPECT_EQ(magnet(text), "") << text;
  }
}

TEST(Link, OfAPrivateShareHasOneKeyThatIsNotOfThePublicOne) {
  const Link secret = private_link();
  ASSERT_EQ(secret.swarm_keys().size(), 1U);
  Link open = secret;
  open.secret.reset();
  EXPECT_FALSE(secret.meets(open));
}

TEST(Link, WebSeedsAndASelectionAreKept) {
  const Link link = parsed(kMagnet + "&ws=http://a.example/x%2By&ws=http://b.example/&so=0,2,4-6");
  EXPECT_EQ(link.web_seeds, (std::vector<std::string>{"http://a.example/x+y", "http://b.example/"}));
  EXPECT_EQ(link.selection, (std::vector<FileRange>{{0, 0}, {2, 2}, {4, 6}}));
  EXPECT_THAT(link.to_string(), HasSubstr("&so=0,2,4-6"));
  EXPECT_EQ(parsed(link.to_string()), link);
}

TEST(Link, OddSelectionsAreSkipped) {
  std::string many = "so=0";
  for (std::size_t i = 0; i < kLinkSelectionMax; ++i) many += ",1";
  for (const std::string& hint : {std::string("so=6-4"), std::string("so=1,,2"), std::string("so=1-"),
                                  std::string("so=4294967296"), std::string("so=-1"), many}) {
    const Result<ReadLink> read = read_link(kMagnet + "&" + hint);
    ASSERT_TRUE(read.ok());
    EXPECT_TRUE(read->link.selection.empty()) << hint;
    EXPECT_EQ(read->notices.size(), 1U) << hint;
  }
}

TEST(Link, NamesAreDecodedAndMadeHarmless) {
  EXPECT_EQ(parsed(kMagnet + "&dn=a+b%20c").name, "a b c");
  EXPECT_EQ(parsed(kMagnet + "&dn=%1b%5b31mred%0a%7f").name, "[31mred");
  EXPECT_EQ(parsed(kMagnet + "&dn=x%c2%9b31m").name, "x31m");  // C1 control sequence introducer
  EXPECT_EQ(parsed(kMagnet + "&dn=%c3%a9t%c3%a9").name, "\xc3\xa9t\xc3\xa9");
  EXPECT_EQ(parsed(kMagnet + "&dn=" + std::string(300, 'n')).name, std::string(255, 'n'));
  std::string accented = std::string(254, 'n') + "%c3%a9";
  EXPECT_EQ(parsed(kMagnet + "&dn=" + accented).name, std::string(254, 'n'));
}

TEST(Link, PlusInATrackerIsAPlus) {
  EXPECT_EQ(parsed(kMagnet + "&tr=http://t.example/a+b").trackers, std::vector<std::string>{"http://t.example/a+b"});
}

struct Skipped {
  const char* name;
  std::string hint;
  const char* says;
};

class UnreadableHint : public testing::TestWithParam<Skipped> {};

TEST_P(UnreadableHint, IsSkippedWithANotice) {
  const std::string good = "&dn=name&tr=http://t.example/a&x.pe=192.0.2.1:1";
  const std::string bases[] = {kMagnet + good, private_link().to_string() + "?" + good.substr(1)};
  for (const std::string& base : bases) {
    const Result<ReadLink> read = read_link(base + "&" + GetParam().hint);
    ASSERT_TRUE(read.ok()) << read.error().message;
    EXPECT_EQ(read->link, parsed(base));
    ASSERT_EQ(read->notices.size(), 1U);
    EXPECT_THAT(read->notices[0], HasSubstr("is skipped: "));
    EXPECT_THAT(read->notices[0], HasSubstr(GetParam().says));
  }
}

INSTANTIATE_TEST_SUITE_P(Table, UnreadableHint,
                         testing::Values(Skipped{"HalfAnEscape", "dn=50%", "'%'"},
                                         Skipped{"EscapeOfOtherDigits", "tr=%zz", "'%'"},
                                         Skipped{"TrackerIsNoUrl", "tr=tracker", "not a URL"},
                                         Skipped{"TrackerWithALineBreak", "tr=http://a%0d%0aHost:b", "not a URL"},
                                         Skipped{"PeerWithoutPort", "x.pe=host", "HOST:PORT"},
                                         Skipped{"PeerWithPortZero", "x.pe=host:0", "HOST:PORT"},
                                         Skipped{"PeerWithALargePort", "x.pe=host:65536", "HOST:PORT"},
                                         Skipped{"PeerWithBlanks", "x.pe=a%20b:1", "HOST:PORT"},
                                         Skipped{"PeerWithBareIpv6", "x.pe=::1:80", "HOST:PORT"},
                                         Skipped{"WebSeedWithABadEscape", "ws=http://%zz", "'%'"},
                                         Skipped{"WebSeedIsNoUrl", "ws=nowhere", "not a URL"},
                                         Skipped{"SelectionOfWords", "so=all", "file numbers"}),
                         [](const auto& row) { return std::string(row.param.name); });

TEST(Link, NoticesAreBoundedAndFitToBeShown) {
  std::string text = kMagnet;
  for (int i = 0; i < 100; ++i) text += "&tr=\x1b[2J" + std::string(300, 't');
  const Result<ReadLink> read = read_link(text);
  ASSERT_TRUE(read.ok());
  ASSERT_EQ(read->notices.size(), kLinkNoticesMax + 1);
  for (const std::string& notice : read->notices) {
    EXPECT_LE(notice.size(), 200U);
    EXPECT_EQ(notice.find('\x1b'), std::string::npos);
  }
  EXPECT_EQ(read->notices.back(), "92 more parts of the link are skipped");
}

TEST(Link, AnUnreadableTopicBesideAGoodOneIsSkipped) {
  const Result<ReadLink> read = read_link("magnet:?xt=urn:btmh:1220abc&" + kMagnet.substr(8));
  ASSERT_TRUE(read.ok()) << read.error().message;
  EXPECT_EQ(read->link.info_hash().hex(), kHash);
  EXPECT_EQ(read->notices.size(), 1U);
}

struct Worn {
  const char* name;
  std::string text;
};

class WornLink : public testing::TestWithParam<Worn> {};

TEST_P(WornLink, IsReadAsTheOneItWas) {
  Link expected;
  expected.info_hashes.v2 = *InfoHash::parse_hex(kHash);
  expected.name = "a (b)";
  expected.trackers = {"http://t.example/a", "http://u.example/a"};
  expected.peers = {{"192.0.2.1", 1}};
  const Result<ReadLink> read = read_link(GetParam().text);
  ASSERT_TRUE(read.ok()) << read.error().message;
  EXPECT_EQ(read->link, expected);
  EXPECT_THAT(read->notices, testing::IsEmpty());
}

const std::string kHints = "&dn=a%20(b)&tr=http://t.example/a&tr=http://u.example/a&x.pe=192.0.2.1:1";
const std::string kWhole = kMagnet + kHints;
std::string with_separator(std::string_view separator) {
  std::string text;
  for (const char c : kWhole) text += c == '&' ? std::string(separator) : std::string(1, c);
  return text;
}
INSTANTIATE_TEST_SUITE_P(
    Table, WornLink,
    testing::Values(
        Worn{"AsItWas", kWhole}, Worn{"Entities", with_separator("&amp;")},
        Worn{"EntitiesTwice", with_separator("&amp;amp;")}, Worn{"NumericEntities", with_separator("&#038;")},
        Worn{"ByteOrderMark", "\xef\xbb\xbf" + kWhole}, Worn{"Quotes", "\"" + kWhole + "\""},
        Worn{"Apostrophes", "'" + kWhole + "'"}, Worn{"TypographicQuotes", "\xe2\x80\x9c" + kWhole + "\xe2\x80\x9d"},
        Worn{"Backticks", "`" + kWhole + "`."}, Worn{"AngleBrackets", "<" + kWhole + ">"},
        Worn{"AngleBracketsWithMoreBehind", " <" + kWhole + "> from me."}, Worn{"Parentheses", "(" + kWhole + ")."},
        Worn{"ClosingBracketOnly", kWhole + "]"}, Worn{"FullStop", kWhole + "."}, Worn{"Comma", kWhole + ","},
        Worn{"NestedWrapping", "(\"<" + kWhole + ">\")."}, Worn{"LineEnd", kWhole + "\r\n"},
        Worn{"MoreLines", kWhole + "\r\nsent from my phone\n"}, Worn{"OtherLinesFirst", "\n  \n# photos\n" + kWhole},
        Worn{"BlanksAround", "\t  " + kWhole + "\xc2\xa0 "},
        Worn{"InvisibleCharacters", "\xe2\x80\x8b" + kWhole + "\xe2\x80\x8b"},
        Worn{"SchemeInCapitals", "MAGNET:" + kWhole.substr(7)},
        Worn{"SlashesBehindTheScheme", "magnet://" + kWhole.substr(7)},
        Worn{"NumberedKeys", kMagnet + "&DN=a+(b)&tr.1=http://t.example/a&TR.2=http://u.example/a&X.PE.1=192.0.2.1:1"},
        Worn{"EscapedKeys", kMagnet + "&d%6e=a+(b)&%74r=http://t.example/a&tr=http://u.example/a&x%2Epe=192.0.2.1:1"},
        Worn{"EscapedColons", "magnet:?xt=urn%3Abtmh%3A1220" + kHash + kHints},
        Worn{"HashInCapitals",
             "magnet:?xt=URN:BTMH:1220000102030405060708090A0B0C0D0E0F101112131415161718191A1B1C1D1E1F" + kHints},
        Worn{"TopicTwice", kWhole + "&xt=urn:btmh:1220" + kHash},
        Worn{"TopicLastWithAFullStop", "magnet:?" + kHints + "&xt=urn:btmh:1220" + kHash + "."},
        Worn{"WordsBehind", "magnet:?" + kHints + "&xt=urn:btmh:1220" + kHash + "  my photos"}),
    [](const auto& row) { return std::string(row.param.name); });

TEST(Link, PrivateLinksMayBeWornToo) {
  const Link link = private_link();
  const std::string text = link.to_string();
  for (const std::string& worn : {"<" + text + ">", "\"" + text + "\".", text + ".\r\nmore", "(" + text + ")",
                                  "stp://" + text.substr(4), "STP:" + text.substr(4), text + "&dn=x", text + " x"}) {
    const Result<ReadLink> read = read_link(worn);
    ASSERT_TRUE(read.ok()) << worn << ": " << read.error().message;
    EXPECT_EQ(read->link.secret, link.secret) << worn;
  }
}

TEST(Link, AFullStopAtTheEndIsEscapedSoThatItSurvives) {
  Link link;
  link.info_hashes.v2 = *InfoHash::parse_hex(kHash);
  link.name = "and so on...";
  EXPECT_EQ(link.to_string(), kMagnet + "&dn=and%20so%20on..%2E");
  EXPECT_EQ(parsed(link.to_string() + "."), link);
}

TEST(Link, CountsAreBounded) {
  std::string text = kMagnet;
  for (int i = 0; i < 100; ++i) text += "&tr=udp://t:" + std::to_string(i) + "&x.pe=h:" + std::to_string(i + 1);
  const Link link = parsed(text);
  EXPECT_EQ(link.trackers.size(), kLinkTrackersMax);
  EXPECT_EQ(link.peers.size(), kLinkPeersMax);
}

TEST(Link, TextNeverGrowsPastWhatIsReadBack) {
  Link link = private_link();
  link.name = std::string(255, ' ');
  for (int i = 0; i < 32; ++i) link.trackers.push_back("http://t/" + std::string(200, '"') + std::to_string(i));
  EXPECT_LE(link.to_string().size(), kLinkBytesMax);
  EXPECT_EQ(parsed(link.to_string()).secret, link.secret);
}

TEST(Link, KeysOfPublicAndPrivateSwarmsDiffer) {
  const Link secret = private_link();
  Link open = secret;
  open.secret.reset();
  EXPECT_EQ(open.swarm_keys().front().hex(), kHash.substr(0, 40));
  EXPECT_NE(secret.swarm_keys().front(), open.swarm_keys().front());
  EXPECT_FALSE(secret.accesses().front().psk == open.accesses().front().psk);
  EXPECT_TRUE(secret.accesses().front().psk == private_link().accesses().front().psk);
}

TEST(Link, EveryChangedCharacterOfAPrivateLinkIsNoticed) {
  const std::string good = private_link().to_string();
  for (std::size_t i = 4; i < good.size(); ++i) {
    std::string bad = good;
    bad[i] = bad[i] == 'A' ? 'B' : 'A';
    EXPECT_EQ(refused(bad).kind, ErrorKind::usage) << i;
    std::string lost = good;
    lost.erase(i, 1);
    EXPECT_THAT(refused(lost).message, HasSubstr("69 characters after \"stp:\" instead of 70")) << i;
  }
}

struct Refused {
  const char* name;
  std::string text;
  ErrorKind kind;
  const char* says;
};

class RefusedLink : public testing::TestWithParam<Refused> {};

TEST_P(RefusedLink, SaysWhatIsWrong) {
  const Error error = refused(GetParam().text);
  EXPECT_EQ(error.kind, GetParam().kind);
  EXPECT_THAT(error.message, testing::StartsWith("link: "));
  EXPECT_THAT(error.message, HasSubstr(GetParam().says));
}

INSTANTIATE_TEST_SUITE_P(
    Table, RefusedLink,
    testing::Values(
        Refused{"Empty", "", ErrorKind::usage, "begins with neither"},
        Refused{"AFile", "/tmp/x.torrent", ErrorKind::usage, "begins with neither"},
        Refused{"NoQuery", "magnet:xt=urn:btmh:1220" + kHash, ErrorKind::usage, "'?'"},
        Refused{"NoTopic", "magnet:?dn=x", ErrorKind::usage, "no info-hash"},
        Refused{"OtherTopic", "magnet:?xt=urn:sha1:ABC", ErrorKind::usage, "no info-hash"},
        Refused{"ShortV1", "magnet:?xt=urn:btih:c12fe1c06bba254a9dc9f519b335aa7c1367a8", ErrorKind::usage,
                "40 hex digits"},
        Refused{"V1OfOtherDigits", "magnet:?xt=urn:btih:yex6dqdlxisuvhoj6um3gnnkpqjwpke1", ErrorKind::usage, "base32"},
        Refused{"TwoOfV1",
                "magnet:?xt=urn:btih:c12fe1c06bba254a9dc9f519b335aa7c1367a88a&xt=urn:btih:"
                "d12fe1c06bba254a9dc9f519b335aa7c1367a88a",
                ErrorKind::usage, "two different shares"},
        Refused{"OtherHash", "magnet:?xt=urn:btmh:1114" + kHash, ErrorKind::unsupported, "not SHA-256"},
        Refused{"ShortHash", kMagnet.substr(0, kMagnet.size() - 1), ErrorKind::usage, "64 hex digits"},
        Refused{"HashOfOtherDigits", "magnet:?xt=urn:btmh:1220g" + kHash.substr(1), ErrorKind::usage, "64 hex digits"},
        Refused{"HashThatGoesOn", kMagnet + "0", ErrorKind::usage, "64 hex digits"},
        Refused{"TwoShares", kMagnet + "&xt=urn:btmh:1220ff" + kHash.substr(2), ErrorKind::usage, "two different"},
        Refused{"TooLong", kMagnet + "&x=" + std::string(65536, 'x'), ErrorKind::limit, "longer than 65536"},
        Refused{"PrivateEmpty", "stp:", ErrorKind::usage, "0 characters"},
        Refused{"PrivateForeignCharacter", "stp:" + std::string(34, 'A') + "*" + std::string(35, 'A'), ErrorKind::usage,
                "a character"},
        Refused{"PrivateZeros", "stp:" + std::string(70, 'A'), ErrorKind::usage, "checksum does not match"}),
    [](const auto& row) { return std::string(row.param.name); });

TEST(Link, LaterVersionOfAPrivateLinkIsToldApartFromADamagedOne) {
  // Version 2 with a right checksum, computed with Python: blake2b(digest_size=3, person=b"stp1 link").
  EXPECT_EQ(refused("stp:AgABAgMEBQYHCAkKCwwNDg8QERITFBUWFxgZGhscHR4fQEFCQ0RFRkdISUpLTE1OT8KwKQ").kind,
            ErrorKind::unsupported);
}

TEST(Link, TextsThatAreLinksAreRecognised) {
  EXPECT_TRUE(looks_like_link("magnet:?xt="));
  EXPECT_TRUE(looks_like_link(" STP:abc"));
  EXPECT_TRUE(looks_like_link("<magnet:?xt=>"));
  EXPECT_FALSE(looks_like_link("stp.torrent"));
  EXPECT_FALSE(looks_like_link("see magnet:?xt="));
  EXPECT_FALSE(looks_like_link(""));
}

}  // namespace
}  // namespace stp::wire
