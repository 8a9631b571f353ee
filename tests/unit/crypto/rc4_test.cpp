#include "crypto/rc4.h"

#include <gtest/gtest.h>

namespace stp::crypto {
namespace {

// RFC 6229 §2, the 128-bit key 0102030405060708090a0b0c0d0e0f10.
TEST(Rc4, MakesTheStreamOfRfc6229) {
  const Bytes key = from_hex("0102030405060708090a0b0c0d0e0f10").value();
  Bytes stream(32);
  Rc4(key, 0).apply(stream);
  EXPECT_EQ(to_hex(stream), "9ac7cc9a609d1ef7b2932899cde41b975248c4959014126a6e8a84f11d1a9e1c");
  Bytes later(16);
  Rc4(key, 1024).apply(later);
  EXPECT_EQ(to_hex(later), "bdf0324e6083dcc6d3cedd3ca8c53c16");
}

TEST(Rc4, GoesOnWhereItStopped) {
  const Bytes key = to_bytes("key");
  Bytes whole(100);
  Rc4(key, 3).apply(whole);
  Bytes parts(100);
  Rc4 cipher(key, 3);
  cipher.apply(MutableByteSpan(parts).first(1));
  cipher.apply(MutableByteSpan(parts).subspan(1));
  EXPECT_EQ(parts, whole);
}

}  // namespace
}  // namespace stp::crypto
