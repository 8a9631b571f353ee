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
                                 "[fe80::1%%]:5"}) {
    EXPECT_FALSE(HostPort::parse(text).has_value()) << text;
  }
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
