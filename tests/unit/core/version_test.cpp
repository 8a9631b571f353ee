#include "core/version.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>

#include "core/bytes.h"
#include "core/text.h"

namespace stp {
namespace {

std::string digits_of(std::string_view version) {
  std::string digits(version);
  std::erase(digits, '.');
  return digits;
}

TEST(Version, PeerIdPrefixIsAzureusStyleAndHoldsTheVersion) {
  const auto prefix = peer_id_prefix();
  EXPECT_EQ(as_text(prefix), "-tp" + digits_of(version()) + "0-");
}

TEST(Version, TheLettersBelongToNoOtherClient) {
  // BEP 20, libtorrent's identify_client.cpp, Transmission's clients.cc and bittorrent-peerid, in lower case: what
  // begins with t or ends with p, and what stp looks like.
  for (const char* taken : {"dp", "lp", "mp", "bp", "sp", "st", "tb", "te", "tg", "tl", "tn", "tr", "ts", "tt", "tx"}) {
    EXPECT_NE(ascii_lower(kClientLetters), taken);
  }
}

TEST(Version, TheDhtIsToldTheSameLetters) {
  const auto said = dht_client_version();
  EXPECT_EQ(as_text(said).substr(0, 2), kClientLetters);
  EXPECT_EQ(std::to_string(std::to_integer<int>(said[2])) + "." + std::to_string(std::to_integer<int>(said[3])),
            version().substr(0, version().rfind('.')));
}

}  // namespace
}  // namespace stp
