#include "core/endpoint.h"

#include <gtest/gtest.h>

#include <unordered_set>

#include "core/rng.h"

namespace stp {
namespace {

IpAddress address(const char* text) {
  const auto parsed = IpAddress::parse(text);
  EXPECT_TRUE(parsed.has_value()) << text;
  return parsed.value_or(IpAddress());
}

struct AddressCase {
  const char* name;
  const char* text;
  const char* canonical;  // nullptr: refused
};
class AddressText : public testing::TestWithParam<AddressCase> {};

TEST_P(AddressText, ParsesToItsCanonicalFormOrNotAtAll) {
  const auto parsed = IpAddress::parse(GetParam().text);
  ASSERT_EQ(parsed.has_value(), GetParam().canonical != nullptr);
  if (parsed) {
    EXPECT_EQ(parsed->to_string(), GetParam().canonical);
    EXPECT_EQ(IpAddress::parse(parsed->to_string()), parsed);
  }
}

constexpr AddressCase kAddressCases[] = {
    {"V4", "192.0.2.1", "192.0.2.1"},
    {"V4Zero", "0.0.0.0", "0.0.0.0"},
    {"V4Highest", "255.255.255.255", "255.255.255.255"},
    {"V4OctetTooLarge", "256.0.0.1", nullptr},
    {"V4LeadingZero", "192.0.02.1", nullptr},
    {"V4TooFew", "192.0.2", nullptr},
    {"V4TooMany", "192.0.2.1.5", nullptr},
    {"V4EmptyOctet", "192..2.1", nullptr},
    {"V4Sign", "+1.0.2.1", nullptr},
    {"V4Space", " 192.0.2.1", nullptr},
    {"V4TrailingDot", "192.0.2.1.", nullptr},
    {"V6Full", "2001:db8:1:2:3:4:5:6", "2001:db8:1:2:3:4:5:6"},
    {"V6UpperCase", "2001:DB8::A", "2001:db8::a"},
    {"V6Any", "::", "::"},
    {"V6Loopback", "::1", "::1"},
    {"V6GapAtTheEnd", "2001:db8::", "2001:db8::"},
    {"V6LeadingZeros", "2001:0db8::0001", "2001:db8::1"},
    {"V6OneZeroGroupIsWritten", "2001:db8:0:1:1:1:1:1", "2001:db8:0:1:1:1:1:1"},
    {"V6GapForOneGroup", "2001:db8::1:1:1:1:1", "2001:db8:0:1:1:1:1:1"},
    {"V6LongestRunIsShortened", "2001:0:0:1:0:0:0:1", "2001:0:0:1::1"},
    {"V6FirstOfEqualRuns", "2001:db8:0:0:1:0:0:1", "2001:db8::1:0:0:1"},
    {"V6GapAtTheFront", "0:0:0:0:1:2:3:4", "::1:2:3:4"},
    {"V6WithV4Tail", "64:ff9b::192.0.2.33", "64:ff9b::c000:221"},
    {"V6MappedIsV4", "::ffff:192.0.2.1", "192.0.2.1"},
    {"V6MappedInHexIsV4", "::ffff:c000:201", "192.0.2.1"},
    {"V6LinkLocal", "fe80::1", "fe80::1"},
    {"V6ZoneByNumber", "fe80::1%12", "fe80::1%12"},
    {"V6HighestZone", "febf::1%32767", "febf::1%32767"},
    {"V6ZoneTooLarge", "fe80::1%32768", nullptr},
    {"V6ZoneZero", "fe80::1%0", nullptr},
    {"V6ZoneEmpty", "fe80::1%", nullptr},
    {"V6ZoneByNameIsForTheMachineToKnow", "fe80::1%eth0", nullptr},
    {"V6ZoneOfWhatHasNone", "2001:db8::1%1", nullptr},
    {"V4Zone", "192.0.2.1%1", nullptr},
    {"V6TwoGaps", "1::2::3", nullptr},
    {"V6ThreeColons", "1:::2", nullptr},
    {"V6TooFew", "1:2:3:4:5:6:7", nullptr},
    {"V6TooMany", "1:2:3:4:5:6:7:8:9", nullptr},
    {"V6GapWithEightGroups", "1:2:3:4::5:6:7:8", nullptr},
    {"V6FiveDigits", "12345::", nullptr},
    {"V6LoneColonAtTheFront", ":1:2:3:4:5:6:7", nullptr},
    {"V6LoneColonAtTheEnd", "1:2:3:4:5:6:7:", nullptr},
    {"V6V4TailTooLate", "1:2:3:4:5:6:7:1.2.3.4", nullptr},
    {"V6V4InTheMiddle", "1:1.2.3.4::", nullptr},
    {"V6Brackets", "[::1]", nullptr},
    {"V6NotHex", "2001:dbg::", nullptr},
    {"Empty", "", nullptr},
    {"OneColon", ":", nullptr},
    {"HostName", "example.org", nullptr},
};
INSTANTIATE_TEST_SUITE_P(Table, AddressText, testing::ValuesIn(kAddressCases),
                         [](const auto& row) { return row.param.name; });

TEST(IpAddress, TextOfRandomAddressesParsesBack) {
  Rng rng(1);
  for (int i = 0; i < 20'000; ++i) {
    std::array<std::byte, 16> bytes{};
    rng.fill(bytes);
    // Many zero groups, so that every place of "::" occurs.
    for (std::size_t group = 0; group < 8; ++group) {
      if (rng.below(2) == 0) bytes[2 * group] = bytes[2 * group + 1] = std::byte{0};
    }
    const IpAddress original = IpAddress::v6(bytes);
    ASSERT_EQ(IpAddress::parse(original.to_string()), original) << original.to_string();
  }
}

TEST(IpAddress, V4FromHostOrderEqualsItsText) {
  EXPECT_EQ(IpAddress::v4(0xc0000201), address("192.0.2.1"));
}

TEST(IpAddress, FamiliesAreDistinct) {
  EXPECT_TRUE(address("1.2.3.4").is_v4());
  EXPECT_FALSE(address("1.2.3.4").is_v6());
  EXPECT_TRUE(address("::").is_v6());
  EXPECT_NE(address("::"), address("0.0.0.0"));
  EXPECT_EQ(address("1.2.3.4").bytes().size(), 4U);
  EXPECT_EQ(address("::").bytes().size(), 16U);
}

TEST(IpAddress, KnowsItsKind) {
  for (const char* text : {"0.0.0.0", "::"}) EXPECT_TRUE(address(text).is_unspecified()) << text;
  for (const char* text : {"127.0.0.1", "127.255.0.9", "::1"}) EXPECT_TRUE(address(text).is_loopback()) << text;
  for (const char* text : {"224.0.0.1", "239.1.2.3", "ff02::1"}) EXPECT_TRUE(address(text).is_multicast()) << text;
  for (const char* text : {"126.0.0.1", "128.0.0.1", "::2", "2001::1"}) {
    EXPECT_FALSE(address(text).is_loopback()) << text;
    EXPECT_FALSE(address(text).is_unspecified()) << text;
    EXPECT_FALSE(address(text).is_multicast()) << text;
  }
}

TEST(IpAddress, LocalCoversPrivateAndLinkLocalRangesExactly) {
  for (const char* text : {"10.0.0.0", "10.255.255.255", "172.16.0.1", "172.31.255.255", "192.168.0.1", "169.254.1.1",
                           "127.0.0.1", "::1", "fc00::1", "fdff::1", "fe80::1", "febf::1"}) {
    EXPECT_TRUE(address(text).is_local()) << text;
  }
  for (const char* text : {"9.255.255.255", "11.0.0.0", "172.15.0.1", "172.32.0.1", "192.167.0.1", "192.169.0.1",
                           "169.253.1.1", "8.8.8.8", "fb00::1", "fe00::1", "fec0::1", "2001:db8::1"}) {
    EXPECT_FALSE(address(text).is_local()) << text;
  }
}

struct EndpointCase {
  const char* name;
  const char* text;
  const char* canonical;  // nullptr: refused
};
class EndpointText : public testing::TestWithParam<EndpointCase> {};

TEST_P(EndpointText, ParsesToItsCanonicalFormOrNotAtAll) {
  const auto parsed = Endpoint::parse(GetParam().text);
  ASSERT_EQ(parsed.has_value(), GetParam().canonical != nullptr);
  if (parsed) {
    EXPECT_EQ(parsed->to_string(), GetParam().canonical);
  }
}

constexpr EndpointCase kEndpointCases[] = {
    {"V4", "192.0.2.1:80", "192.0.2.1:80"},
    {"V6", "[2001:db8::1]:64500", "[2001:db8::1]:64500"},
    {"V6Any", "[::]:0", "[::]:0"},
    {"HighestPort", "1.2.3.4:65535", "1.2.3.4:65535"},
    {"MappedBecomesV4", "[::ffff:1.2.3.4]:5", "1.2.3.4:5"},
    {"PortTooLarge", "1.2.3.4:65536", nullptr},
    {"PortNegative", "1.2.3.4:-1", nullptr},
    {"PortMissing", "1.2.3.4:", nullptr},
    {"PortWithLetters", "1.2.3.4:80a", nullptr},
    {"NoPort", "1.2.3.4", nullptr},
    {"V6WithoutBrackets", "::1:80", nullptr},
    {"V4InBrackets", "[1.2.3.4]:80", nullptr},
    {"HalfABracket", "[::1:80", nullptr},
    {"OnlyAPort", ":80", nullptr},
    {"HostName", "localhost:80", nullptr},
    {"Empty", "", nullptr},
};
INSTANTIATE_TEST_SUITE_P(Table, EndpointText, testing::ValuesIn(kEndpointCases),
                         [](const auto& row) { return row.param.name; });

TEST(Endpoint, CompactFormIsAddressThenBigEndianPort) {
  Bytes out;
  Endpoint{address("1.2.3.4"), 0x1ae1}.append_compact(out);
  EXPECT_EQ(to_hex(out), "010203041ae1");
  out.clear();
  Endpoint{address("2001:db8::5"), 6881}.append_compact(out);
  EXPECT_EQ(to_hex(out), "20010db80000000000000000000000051ae1");
}

TEST(Endpoint, CompactFormReadsBack) {
  for (const Endpoint& endpoint : {Endpoint{address("1.2.3.4"), 1}, Endpoint{address("fe80::1"), 65535}}) {
    Bytes out;
    endpoint.append_compact(out);
    EXPECT_EQ(Endpoint::from_compact(out), endpoint);
  }
}

TEST(Endpoint, CompactFormOfOtherSizesIsRefused) {
  for (const std::size_t size : {0U, 5U, 7U, 17U, 19U}) {
    EXPECT_FALSE(Endpoint::from_compact(Bytes(size)).has_value()) << size;
  }
}

TEST(Endpoint, OnlyUnicastWithAPortIsDialable) {
  for (const char* text : {"1.2.3.4:1", "127.0.0.1:80", "[::1]:80", "[2001:db8::1]:65535", "239.0.0.1:0"}) {
    EXPECT_EQ(Endpoint::parse(text)->is_dialable(), std::string_view(text) != "239.0.0.1:0") << text;
  }
  for (const char* text : {"1.2.3.4:0", "0.0.0.0:80", "0.1.2.3:80", "224.0.0.1:80", "240.0.0.1:80",
                           "255.255.255.255:80", "[::]:80", "[ff02::1]:80"}) {
    EXPECT_FALSE(Endpoint::parse(text)->is_dialable()) << text;
  }
}

TEST(EndpointHash, NeighboursRarelyCollide) {
  std::unordered_set<std::size_t> hashes;
  for (std::uint32_t host = 0; host < 256; ++host) {
    for (Port port = 6881; port < 6945; ++port) {
      hashes.insert(EndpointHash{}(Endpoint{IpAddress::v4(0x0a000000U + host), port}));
    }
  }
  EXPECT_GT(hashes.size(), 256U * 64U - 16U);
}

TEST(Zone, TellsTwoNetworksApartAndLeavesNoTraceOnAWire) {
  const Endpoint first = *Endpoint::parse("[fe80::1%1]:80");
  const Endpoint second = *Endpoint::parse("[fe80::1%2]:80");
  EXPECT_NE(first, second);
  EXPECT_NE(EndpointHash{}(first), EndpointHash{}(second));
  EXPECT_EQ(first.to_string(), "[fe80::1%1]:80");
  Bytes compact;
  first.append_compact(compact);
  ASSERT_EQ(compact.size(), 18U);
  EXPECT_EQ(Endpoint::from_compact(compact), *Endpoint::parse("[fe80::1]:80"));
  EXPECT_EQ(first.address.without_zone(), second.address.without_zone());
  EXPECT_EQ(first.address.zone(), 1U);
  EXPECT_EQ(sizeof(Endpoint), 20U) << "peers and nodes are kept by the million";
}

}  // namespace
}  // namespace stp
