#include "crypto/modp768.h"

#include <gtest/gtest.h>

namespace stp::crypto {
namespace {

Modp768Private secret(unsigned last) {
  Modp768Private secret;
  secret.mutable_span().back() = static_cast<std::byte>(last);
  return secret;
}

TEST(Modp768, PublicKeysArePowersOfTwo) {
  EXPECT_EQ(to_hex(Modp768KeyPair::from(secret(1)).public_key.bytes), std::string(191, '0') + "2");
  EXPECT_EQ(to_hex(Modp768KeyPair::from(secret(10)).public_key.bytes), std::string(189, '0') + "400");
  // 2^768, past the prime: computed with another program.
  Modp768Private power;
  power.mutable_span()[18] = std::byte{3};
  EXPECT_EQ(to_hex(Modp768KeyPair::from(power).public_key.bytes),
            "000000000000000036f0255dde973dcb3b399d747f23e32ed6fdb1f77598338bfdf44159c4ec64ddaeb5f78671cbfb22"
            "106ae64c32c5bce4cfd4f5920da0ebc8b01eca9292ae3dba1b7a4a899da181390bb3bd1659c5c9defffffffffff6fa9d");
}

TEST(Modp768, BothSidesGetTheSameSecret) {
  const Modp768KeyPair a = Modp768KeyPair::generate();
  const Modp768KeyPair b = Modp768KeyPair::generate();
  const auto ours = modp768(a.private_key, b.public_key);
  const auto theirs = modp768(b.private_key, a.public_key);
  ASSERT_TRUE(ours && theirs);
  EXPECT_TRUE(*ours == *theirs);
  EXPECT_NE(a.public_key, b.public_key);
}

TEST(Modp768, KeysThatMakeTheSecretPredictableAreRefused) {
  const auto refused = [](const std::string& hex) { return !modp768(secret(7), *Modp768Public::from(*from_hex(hex))); };
  const std::string p =
      "ffffffffffffffffc90fdaa22168c234c4c6628b80dc1cd129024e088a67cc74020bbea63b139b22514a08798e3404dd"
      "ef9519b3cd3a431b302b0a6df25f14374fe1356d6d51c245e485b576625e7ec6f44c42e9a63a36210000000000090563";
  EXPECT_TRUE(refused(std::string(192, '0')));
  EXPECT_TRUE(refused(std::string(191, '0') + "1"));
  EXPECT_TRUE(refused(p));
  EXPECT_TRUE(refused(p.substr(0, 191) + "2"));  // p - 1
  EXPECT_FALSE(refused(std::string(191, '0') + "2"));
}

}  // namespace
}  // namespace stp::crypto
