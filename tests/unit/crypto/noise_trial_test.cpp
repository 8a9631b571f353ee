#include "crypto/noise_trial.h"

#include <gtest/gtest.h>

#include <vector>

#include "crypto/random.h"

namespace stp::crypto {
namespace {

constexpr std::string_view kPrologue = "a prologue";

Psk draw_psk() {
  Psk psk;
  random_fill(psk.mutable_span());
  return psk;
}

Bytes first_message(const Psk& psk, std::size_t payload_bytes = 16, std::string_view prologue = kPrologue) {
  NoiseHandshake noise(NoiseHandshake::Role::initiator, Cipher::chacha20_poly1305, psk, as_bytes(prologue),
                       X25519KeyPair::generate());
  return *noise.write_message(Bytes(payload_bytes, std::byte{7}));
}

TEST(NoiseTrial, FindsTheKeyOfEachMessageAmongAnyNumber) {
  initialize();
  for (const std::size_t count : {1U, 2U, 31U, 32U, 33U, 100U}) {
    NoiseTrial trial(as_bytes(kPrologue));
    std::vector<Psk> psks;
    for (std::size_t i = 0; i < count; ++i) trial.add(psks.emplace_back(draw_psk()));
    EXPECT_EQ(trial.size(), count);
    for (std::size_t i = 0; i < count; ++i) EXPECT_EQ(trial.find(first_message(psks[i])), i);
    EXPECT_EQ(trial.find(first_message(draw_psk())), std::nullopt);
  }
}

TEST(NoiseTrial, AgreesWithTheHandshakeOnEveryChangedBit) {
  initialize();
  const Psk psk = draw_psk();
  NoiseTrial trial(as_bytes(kPrologue));
  trial.add(psk);
  const Bytes message = first_message(psk);
  ASSERT_EQ(trial.find(message), 0U);
  for (std::size_t bit = 0; bit < message.size() * 8; ++bit) {
    Bytes changed = message;
    changed[bit / 8] ^= static_cast<std::byte>(1U << (bit % 8));
    NoiseHandshake noise(NoiseHandshake::Role::responder, Cipher::chacha20_poly1305, psk, as_bytes(kPrologue),
                         X25519KeyPair::generate());
    EXPECT_EQ(trial.find(changed).has_value(), noise.read_message(changed).ok()) << bit;
  }
}

TEST(NoiseTrial, AnotherPrologueOrSizeIsNotFound) {
  initialize();
  const Psk psk = draw_psk();
  NoiseTrial trial(as_bytes(kPrologue));
  trial.add(psk);
  EXPECT_EQ(trial.find(first_message(psk, 16, "another")), std::nullopt);
  EXPECT_EQ(trial.find(first_message(psk, 0)), 0U);
  EXPECT_EQ(trial.find(first_message(psk, 1000)), std::nullopt) << "more than any first message has";
  EXPECT_EQ(trial.find({}), std::nullopt);
  EXPECT_EQ(trial.find(Bytes(kNoiseOverheadBytes - 1)), std::nullopt);
  EXPECT_EQ(NoiseTrial(as_bytes(kPrologue)).find(first_message(psk)), std::nullopt);
}

TEST(NoiseTrial, ErasedKeysAreForgotten) {
  initialize();
  NoiseTrial trial(as_bytes(kPrologue));
  const std::vector<Psk> psks = {draw_psk(), draw_psk(), draw_psk()};
  for (const Psk& psk : psks) trial.add(psk);
  trial.erase(1);
  EXPECT_EQ(trial.find(first_message(psks[0])), 0U);
  EXPECT_EQ(trial.find(first_message(psks[1])), std::nullopt);
  EXPECT_EQ(trial.find(first_message(psks[2])), 1U);
}

}  // namespace
}  // namespace stp::crypto
