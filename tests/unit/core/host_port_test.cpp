#include "core/host_port.h"

#include <gtest/gtest.h>

namespace stp {
namespace {

TEST(HostPort, RoundTrips) {
  for (const char* const text : {"192.0.2.1:1", "[2001:db8::1]:65535", "a-b_c.example:80", "[fe80::1%eth0]:64500",
                                 "[fe80::1%2]:64500", "[fe80::1%br-1.5:0]:1"}) {
    const std::optional<HostPort> parsed = HostPort::parse(text);
    ASSERT_TRUE(parsed.has_value()) << text;
    EXPECT_EQ(parsed->to_string(), text);
  }
}

TEST(HostPort, RefusesWhatIsNotHostAndPort) {
  for (const char* const text : {"",
                                 ":80",
                                 "host",
                                 "host:",
                                 "host:0",
                                 "host:x",
                                 "host:80 ",
                                 "[::1]",
                                 "[::1]:",
                                 "[1.2.3.4]:5",
                                 "[nonsense]:5",
                                 "[]:5",
                                 "[:5",
                                 "a/b:80",
                                 "host:-1",
                                 "host:+80",
                                 "[2001:db8::1%eth0]:5",
                                 "[fe80::1%]:5",
                                 "[fe80::1%a/b]:5",
                                 "[fe80::1%sixteen-letters0]:5",
                                 "fe80::1%eth0:5",
                                 "host%eth0:5",
                                 "[fe80::1%%]:5",
                                 "300.1.2.3:80",
                                 "127.1:80",
                                 "a..b:80",
                                 ".:80",
                                 "2001:db8::1:80",
                                 "host:080x",
                                 "host:65536"}) {
    EXPECT_FALSE(HostPort::parse(text).has_value()) << text;
  }
}

TEST(HostPort, NamesAreBounded) {
  EXPECT_TRUE(HostPort::parse(std::string(63, 'a') + ".example:80"));
  EXPECT_FALSE(HostPort::parse(std::string(64, 'a') + ".example:80"));
  std::string longest;
  while (longest.size() + 2 <= kHostBytesMax) longest += "a.";
  EXPECT_TRUE(HostPort::parse(longest + "a:80"));
  EXPECT_FALSE(HostPort::parse(longest + "aa:80"));
}

TEST(Authority, MayLackItsPort) {
  EXPECT_EQ(parse_authority("host")->port, std::nullopt);
  EXPECT_EQ(parse_authority("host:")->port, std::nullopt);
  EXPECT_EQ(parse_authority("[::1]")->host, "::1");
  EXPECT_EQ(parse_authority("[::1]:8")->port, Port{8});
  EXPECT_EQ(parse_authority("host:0").error().message, "the port is not a number from 1 to 65535");
  EXPECT_EQ(parse_authority("::1").error().message, "not a host name (write IPv6 addresses in brackets)");
}

TEST(HostPort, AZoneIsSplitFromItsAddress) {
  const auto split = split_zone("fe80::1%eth0");
  ASSERT_TRUE(split.has_value());
  EXPECT_EQ(split->first, *IpAddress::parse("fe80::1"));
  EXPECT_EQ(split->second, "eth0");
  EXPECT_FALSE(split_zone("fe80::1").has_value());
}

}  // namespace
}  // namespace stp
