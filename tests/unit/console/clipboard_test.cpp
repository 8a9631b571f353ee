#include "console/clipboard.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace stp::console {
namespace {

TEST(Clipboard, TextIsInBase64WithPadding) {
  // RFC 4648 §10; the last has characters that base64url writes otherwise.
  EXPECT_EQ(clipboard_sequence("f", Multiplexer::none), "\x1b]52;c;Zg==\a");
  EXPECT_EQ(clipboard_sequence("fo", Multiplexer::none), "\x1b]52;c;Zm8=\a");
  EXPECT_EQ(clipboard_sequence("foo", Multiplexer::none), "\x1b]52;c;Zm9v\a");
  EXPECT_EQ(clipboard_sequence("~~~???", Multiplexer::none), "\x1b]52;c;fn5+Pz8/\a");
}

TEST(Clipboard, TmuxGetsAnEnvelopeWithDoubledEscapes) {
  EXPECT_EQ(clipboard_sequence("foo", Multiplexer::tmux), "\x1bPtmux;\x1b\x1b]52;c;Zm9v\a\x1b\\");
}

TEST(Clipboard, ScreenGetsEnvelopesThatItTakes) {
  const std::string sequence = *clipboard_sequence(std::string(900, 'x'), Multiplexer::screen);
  std::string inside;
  for (std::size_t begin = 0; begin < sequence.size();) {
    ASSERT_EQ(sequence.substr(begin, 2), "\x1bP");
    const std::size_t end = sequence.find("\x1b\\", begin);
    ASSERT_NE(end, std::string::npos);
    EXPECT_LE(end + 2 - begin, 768U);
    inside += sequence.substr(begin + 2, end - begin - 2);
    begin = end + 2;
  }
  EXPECT_EQ(inside, clipboard_sequence(std::string(900, 'x'), Multiplexer::none));
}

TEST(Clipboard, TooLongForTerminalsIsRefused) {
  const auto longest = clipboard_sequence(std::string(kClipboardBytesMax, 'x'), Multiplexer::none);
  ASSERT_TRUE(longest);
  EXPECT_LE(longest->size(), 100'000U);
  EXPECT_FALSE(clipboard_sequence(std::string(kClipboardBytesMax + 1, 'x'), Multiplexer::none));
}

}  // namespace
}  // namespace stp::console
