#include "lan/lan_message.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "unit/lan/keys.h"

namespace stp::lan {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

const std::string kOnes = key_of(0x11).hex();
const std::string kAlphas = key_of(0xaa).hex();

TEST(LanMessage, IsWrittenAsTheSpecificationSays) {
  const LanMessage message{64500, {key_of(0x11)}, "c0ffee"};
  EXPECT_EQ(as_text(encode(message, group_v4())),
            "BT-SEARCH * HTTP/1.1\r\nHost: 239.192.152.143:6771\r\nPort: 64500\r\n"
            "Infohash: 1111111111111111111111111111111111111111\r\ncookie: c0ffee\r\n\r\n\r\n");
  EXPECT_THAT(std::string(as_text(encode(message, group_v6()))), HasSubstr("\r\nHost: [ff15::efc0:988f]:6771\r\n"));
}

TEST(LanMessage, OneKeyFitsWhatTransmission3Reads) {
  constexpr std::size_t kTransmission3 = 200;
  EXPECT_LE(encode({65535, {key_of(1)}, std::string(16, 'f')}, group_v6()).size(), kTransmission3);
}

TEST(LanMessage, AFullOneIsNotFragmentedAndComesBackUnchanged) {
  LanMessage message{65535, {}, std::string(16, 'f')};
  for (std::size_t i = 0; i < kKeysPerDatagram; ++i) message.keys.push_back(key_of(static_cast<std::uint8_t>(i)));
  const Bytes datagram = encode(message, group_v6());
  EXPECT_LE(datagram.size(), kDatagramBytesMax);
  EXPECT_EQ(decode(datagram).value(), message);
}

struct Case {
  const char* name;
  std::string datagram;
};

std::string with(const std::string& headers) {
  return "BT-SEARCH * HTTP/1.1\r\n" + headers + "\r\n\r\n";
}

class Accepted : public testing::TestWithParam<Case> {};

TEST_P(Accepted, IsRead) {
  const Result<LanMessage> message = decode(as_bytes(GetParam().datagram));
  ASSERT_TRUE(message) << message.error().message;
  EXPECT_EQ(message->port, 6881);
  EXPECT_THAT(message->keys, ElementsAre(key_of(0xaa)));
}

INSTANTIATE_TEST_SUITE_P(
    LanMessage, Accepted,
    testing::Values(Case{"Transmission3",
                         "BT-SEARCH * HTTP/1.1\r\nHost: 239.192.152.143:6771\r\nPort: 6881\r\nInfohash: "
                         "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\r\n\r\n\r\n"},
                    Case{"OneEmptyLine", "BT-SEARCH * HTTP/1.1\r\nPort: 6881\r\nInfohash: " + kAlphas + "\r\n\r\n"},
                    Case{"BareLineFeeds", "BT-SEARCH * HTTP/1.0\nPort: 6881\nInfohash: " + kAlphas + "\n\n"},
                    Case{"AnyCaseAndBlanks", with("PORT:6881 \r\ninfoHASH:  " + kAlphas + "\r\nCookie: x\r\n")},
                    Case{"UnknownHeaders", with("Port: 6881\r\nX: y\r\nInfohash: " + kAlphas + "\r\nEmpty:\r\n")},
                    Case{"HashesOfAnotherLength", with("Port: 6881\r\nInfohash: " + kAlphas + kAlphas +
                                                       "\r\nInfohash: " + kAlphas + "\r\nInfohash: xyz\r\n")},
                    Case{"HashThatIsNoHex",
                         with("Port: 6881\r\nInfohash: " + std::string(40, 'x') + "\r\nInfohash: " + kAlphas + "\r\n")},
                    Case{"TheFirstOfTwoPorts", with("Port: 6881\r\nPort: 1\r\nInfohash: " + kAlphas + "\r\n")},
                    Case{"TextAfterTheEnd",
                         with("Port: 6881\r\nInfohash: " + kAlphas + "\r\n") + "Infohash: " + kOnes + "\r\n"}),
    [](const auto& row) { return row.param.name; });

class Rejected : public testing::TestWithParam<Case> {};

TEST_P(Rejected, IsAnError) {
  EXPECT_FALSE(decode(as_bytes(GetParam().datagram)));
}

INSTANTIATE_TEST_SUITE_P(
    LanMessage, Rejected,
    testing::Values(
        Case{"Empty", ""}, Case{"AnotherMethod", "M-SEARCH * HTTP/1.1\r\nPort: 1\r\nInfohash: " + kOnes + "\r\n\r\n"},
        Case{"NoPort", with("Infohash: " + kOnes + "\r\n")},
        Case{"PortZero", with("Port: 0\r\nInfohash: " + kOnes + "\r\n")},
        Case{"PortTooLarge", with("Port: 65536\r\nInfohash: " + kOnes + "\r\n")},
        Case{"NegativePort", with("Port: -1\r\nInfohash: " + kOnes + "\r\n")},
        Case{"PortWithTail", with("Port: 80x\r\nInfohash: " + kOnes + "\r\n")}, Case{"NoHash", with("Port: 1\r\n")},
        Case{"Truncated", "BT-SEARCH * HTTP/1.1\r\nPort: 1\r\nInfohash: " + kOnes + "\r\n"},
        Case{"LineWithoutName", with("Port: 1\r\nInfohash: " + kOnes + "\r\nhello\r\n")},
        Case{"TooLong", with("Port: 1\r\nInfohash: " + kOnes + "\r\nX: " + std::string(kReadBytesMax, 'x') + "\r\n")}),
    [](const auto& row) { return row.param.name; });

TEST(LanMessage, AStrangeCookieCountsAsNone) {
  const std::string head = "Port: 1\r\nInfohash: " + kOnes + "\r\ncookie: ";
  EXPECT_EQ(decode(as_bytes(with(head + "c0ffee\r\n")))->cookie, "c0ffee");
  EXPECT_EQ(decode(as_bytes(with(head + std::string(kCookieBytesMax + 1, 'f') + "\r\n")))->cookie, "");
  EXPECT_EQ(decode(as_bytes(with(head + "a\tb\r\n")))->cookie, "");
  EXPECT_EQ(decode(as_bytes(with(head + "\x1b[2J\r\n")))->cookie, "");
}

}  // namespace
}  // namespace stp::lan
