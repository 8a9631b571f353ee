#include "wire/link_text.h"

#include <gtest/gtest.h>

namespace stp::wire {
namespace {

TEST(LinkText, Utf16IsReadInBothByteOrders) {
  EXPECT_EQ(link_text(std::string_view("\xff\xfes\0t\0p\0:\0", 10)), "stp:");
  EXPECT_EQ(link_text(std::string_view("\xfe\xff\0s\0t\0p\0:", 10)), "stp:");
  EXPECT_EQ(link_text(std::string_view("\xff\xfe\xe9\0a\0a", 7)), "?a") << "half a character is dropped";
  EXPECT_EQ(link_text("\xef\xbb\xbfstp:"), "\xef\xbb\xbfstp:");
}

TEST(FindLink, TakesTheFirstLineThatBeginsLikeALink) {
  EXPECT_EQ(find_link("hello\r\n<stp:a> b\nstp:c"), "stp:a");
  EXPECT_EQ(find_link("see stp:a"), std::nullopt);
  EXPECT_EQ(find_link(""), std::nullopt);
}

TEST(FindLink, BracketsOfTheLinkItselfStay) {
  EXPECT_EQ(find_link("magnet:?dn=a(b)"), "magnet:?dn=a(b)");
  EXPECT_EQ(find_link("(magnet:?dn=a(b))"), "magnet:?dn=a(b)");
  EXPECT_EQ(find_link("magnet:?x.pe=[::1]:80&dn=[x]"), "magnet:?x.pe=[::1]:80&dn=[x]");
}

TEST(FindLink, AnApostropheInANameStays) {
  EXPECT_EQ(find_link("'magnet:?dn=o'clock'"), "magnet:?dn=o'clock");
}

TEST(FindLink, TextBehindAQuotedLinkIsLeftOut) {
  EXPECT_EQ(find_link("\"magnet:?dn=x\" and more"), "magnet:?dn=x");
  EXPECT_EQ(find_link("(magnet:?dn=a(b)) and more (really)"), "magnet:?dn=a(b)");
  EXPECT_EQ(find_link("<magnet:?dn=x"), "magnet:?dn=x") << "the closing one was lost";
}

}  // namespace
}  // namespace stp::wire
