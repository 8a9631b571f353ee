#include "crypto/noise.h"

#include <gtest/gtest.h>

#include <fstream>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

namespace stp::crypto {
namespace {

using Role = NoiseHandshake::Role;

Bytes hex(const std::string& text) {
  return from_hex(text).value();
}

X25519KeyPair pair_of(const std::string& private_key) {
  return X25519KeyPair::from(*X25519Private::from(hex(private_key)));
}

Psk psk_of(char fill) {
  return *Psk::from(as_bytes(std::string(32, fill)));
}

X25519KeyPair pair_filled(char fill) {
  return X25519KeyPair::from(*X25519Private::from(as_bytes(std::string(32, fill))));
}

std::vector<nlohmann::json> published() {
  std::ifstream file(STP_VECTORS_DIR "/noise_nnpsk0.json");
  return nlohmann::json::parse(file).at("vectors").get<std::vector<nlohmann::json>>();
}

class PublishedVector : public testing::TestWithParam<nlohmann::json> {};

TEST_P(PublishedVector, EveryMessageAndTheTranscriptHashAreRight) {
  const nlohmann::json& vector = GetParam();
  const std::string name = vector.at("protocol_name");
  const Cipher cipher = name.find("AESGCM") != std::string::npos ? Cipher::aes_256_gcm : Cipher::chacha20_poly1305;
  NoiseHandshake initiator(Role::initiator, cipher, *Psk::from(hex(vector.at("init_psks").at(0))),
                           hex(vector.at("init_prologue")), pair_of(vector.at("init_ephemeral")));
  NoiseHandshake responder(Role::responder, cipher, *Psk::from(hex(vector.at("resp_psks").at(0))),
                           hex(vector.at("resp_prologue")), pair_of(vector.at("resp_ephemeral")));

  const nlohmann::json& messages = vector.at("messages");
  ASSERT_EQ(messages.size(), 6U);
  for (std::size_t i = 0; i < 2; ++i) {
    NoiseHandshake& from = i == 0 ? initiator : responder;
    NoiseHandshake& to = i == 0 ? responder : initiator;
    const Bytes payload = hex(messages[i].at("payload"));
    const Result<Bytes> message = from.write_message(payload);
    ASSERT_TRUE(message.ok());
    EXPECT_EQ(to_hex(*message), messages[i].at("ciphertext"));
    const Result<Bytes> read = to.read_message(*message);
    ASSERT_TRUE(read.ok()) << read.error().message;
    EXPECT_EQ(*read, payload);
  }
  ASSERT_TRUE(initiator.finished());
  ASSERT_TRUE(responder.finished());
  EXPECT_EQ(initiator.handshake_hash().hex(), vector.at("handshake_hash"));
  EXPECT_EQ(responder.handshake_hash().hex(), vector.at("handshake_hash"));

  // Transport messages, in turns, each direction counting for itself.
  const TransportKeys initiators = initiator.split();
  const TransportKeys responders = responder.split();
  EXPECT_TRUE(initiators.send == responders.receive);
  EXPECT_TRUE(initiators.receive == responders.send);
  Sealer sealers[] = {Sealer(cipher, initiators.send), Sealer(cipher, responders.send)};
  for (std::size_t i = 2; i < messages.size(); ++i) {
    const Bytes payload = hex(messages[i].at("payload"));
    Bytes sealed(payload.size() + kTagBytes);
    sealers[i % 2].seal((i - 2) / 2, {}, payload, sealed);
    EXPECT_EQ(to_hex(sealed), messages[i].at("ciphertext"));
  }
}

INSTANTIATE_TEST_SUITE_P(Noise, PublishedVector, testing::ValuesIn(published()),
                         [](const auto& row) { return row.param.at("protocol_name").template get<std::string>(); });

TEST(Noise, WrongPskFailsOnTheFirstMessage) {
  NoiseHandshake initiator(Role::initiator, Cipher::chacha20_poly1305, psk_of('a'), {}, pair_filled('1'));
  NoiseHandshake responder(Role::responder, Cipher::chacha20_poly1305, psk_of('b'), {}, pair_filled('2'));
  const Result<Bytes> read = responder.read_message(*initiator.write_message(as_bytes("hello")));
  ASSERT_FALSE(read.ok());
  EXPECT_EQ(read.error().kind, ErrorKind::denied);
}

TEST(Noise, AnotherPrologueFailsOnTheFirstMessage) {
  NoiseHandshake initiator(Role::initiator, Cipher::chacha20_poly1305, psk_of('a'), as_bytes("one"), pair_filled('1'));
  NoiseHandshake responder(Role::responder, Cipher::chacha20_poly1305, psk_of('a'), as_bytes("two"), pair_filled('2'));
  EXPECT_FALSE(responder.read_message(*initiator.write_message({})).ok());
}

TEST(Noise, EveryFlippedBitOfBothMessagesIsNoticed) {
  for (const bool first : {true, false}) {
    for (std::size_t bit = 0; bit < (kNoiseOverheadBytes + 3) * 8; ++bit) {
      // RFC 7748 §5: the highest bit of a public key is ignored by X25519; the transcript hash still covers it.
      NoiseHandshake initiator(Role::initiator, Cipher::chacha20_poly1305, psk_of('a'), {}, pair_filled('1'));
      NoiseHandshake responder(Role::responder, Cipher::chacha20_poly1305, psk_of('a'), {}, pair_filled('2'));
      Bytes message = *initiator.write_message(as_bytes("abc"));
      if (!first) {
        ASSERT_TRUE(responder.read_message(message).ok());
        message = *responder.write_message(as_bytes("abc"));
      }
      message[bit / 8] ^= static_cast<std::byte>(1U << (bit % 8));
      EXPECT_FALSE((first ? responder : initiator).read_message(message).ok()) << "bit " << bit;
    }
  }
}

TEST(Noise, ShortMessageIsMalformed) {
  NoiseHandshake responder(Role::responder, Cipher::chacha20_poly1305, psk_of('a'), {}, pair_filled('2'));
  const Result<Bytes> read = responder.read_message(Bytes(kNoiseOverheadBytes - 1));
  ASSERT_FALSE(read.ok());
  EXPECT_EQ(read.error().kind, ErrorKind::malformed);
}

TEST(Noise, SmallOrderKeyOfTheInitiatorIsRefusedByTheResponder) {
  // A peer that knows the psk sends the all-zero point, which makes every shared secret zero.
  const X25519KeyPair zero{*X25519Private::from(Bytes(32)), X25519Public{}};
  NoiseHandshake initiator(Role::initiator, Cipher::chacha20_poly1305, psk_of('a'), {}, zero);
  NoiseHandshake responder(Role::responder, Cipher::chacha20_poly1305, psk_of('a'), {}, pair_filled('2'));
  ASSERT_TRUE(responder.read_message(*initiator.write_message({})).ok());
  const Result<Bytes> answer = responder.write_message({});
  ASSERT_FALSE(answer.ok());
  EXPECT_EQ(answer.error().kind, ErrorKind::denied);
}

}  // namespace
}  // namespace stp::crypto
