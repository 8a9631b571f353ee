#include "cli/host_port.h"

#include <gtest/gtest.h>

namespace stp::cli {
namespace {

TEST(ParseHostPort, TakesNamesAndAddresses) {
  for (const char* text : {"example.org:6881", "192.0.2.7:64500", "[2001:db8::7]:64500", "localhost:1"}) {
    EXPECT_TRUE(parse_host_port(text)) << text;
  }
  for (const char* text : {"", "example.org", ":80", "example.org:", "example.org:0", "example.org:65536",
                           "2001:db8::7", "a b:80", "-x:80", "0.0.0.0:80", "192.0.2.7:0", "host:8x"}) {
    EXPECT_FALSE(parse_host_port(text)) << text;
  }
}

}  // namespace
}  // namespace stp::cli
