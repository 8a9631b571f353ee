#include "wire/record.h"

#include <gtest/gtest.h>

#include "wire/channel_handshake.h"

namespace stp::wire {
namespace {

const crypto::Key kKey = *crypto::Key::from(Bytes(32, std::byte{5}));

Bytes sealed_by(RecordSealer& sealer, std::string_view text) {
  Bytes record(text.size() + kRecordOverheadBytes);
  sealer.seal(as_bytes(text), record);
  return record;
}

TEST(Record, KeysAreReplacedOnBothSidesAtTheSameRecord) {
  for (const crypto::Cipher cipher : {crypto::Cipher::chacha20_poly1305, crypto::Cipher::aes_256_gcm}) {
    RecordSealer sealer(cipher, kKey, 3);
    RecordOpener opener(cipher, kKey, 3);
    RecordOpener never(cipher, kKey, 1000);
    for (int i = 0; i < 10; ++i) {
      const Bytes record = sealed_by(sealer, "text");
      Bytes text(4);
      ASSERT_TRUE(opener.open(record, text).ok()) << i;
      EXPECT_EQ(as_text(text), "text");
      EXPECT_EQ(never.open(record, text).ok(), i < 3) << i;
    }
  }
}

TEST(Record, EqualPlaintextsGiveDifferentRecords) {
  RecordSealer sealer(crypto::Cipher::aes_256_gcm, kKey);
  EXPECT_NE(sealed_by(sealer, "text"), sealed_by(sealer, "text"));
}

TEST(Record, LengthIsAuthenticated) {
  RecordSealer sealer(crypto::Cipher::aes_256_gcm, kKey);
  RecordOpener opener(crypto::Cipher::aes_256_gcm, kKey);
  Bytes record = sealed_by(sealer, "text");
  record[0] = std::byte{1};
  Bytes text(4);
  EXPECT_FALSE(opener.open(record, text).ok());
}

TEST(Handshake, LaterVersionIsOfferedAndOursIsChosen) {
  // An initiator that speaks version 9 and has a cipher that we don't know.
  crypto::NoiseHandshake noise(crypto::NoiseHandshake::Role::initiator, crypto::Cipher::chacha20_poly1305,
                               crypto::Psk(), as_bytes("stp channel"), crypto::X25519KeyPair::generate());
  Bytes payload(kHandshakePayloadBytes, std::byte{0xff});
  payload[0] = std::byte{9};
  const Bytes offer = *noise.write_message(payload);
  const Result<HandshakeAnswer> answer = answer_offer(offer, crypto::Psk(), crypto::X25519KeyPair::generate(), true);
  ASSERT_TRUE(answer.ok()) << answer.error().message;
  const Bytes choice = *noise.read_message(answer->message);
  EXPECT_EQ(choice[0], std::byte{1});
  EXPECT_EQ(choice[1], std::byte{1});
}

TEST(Handshake, VersionZeroIsRefused) {
  crypto::NoiseHandshake noise(crypto::NoiseHandshake::Role::initiator, crypto::Cipher::chacha20_poly1305,
                               crypto::Psk(), as_bytes("stp channel"), crypto::X25519KeyPair::generate());
  const Bytes offer = *noise.write_message(Bytes(kHandshakePayloadBytes));
  const Result<HandshakeAnswer> answer = answer_offer(offer, crypto::Psk(), crypto::X25519KeyPair::generate(), true);
  ASSERT_FALSE(answer.ok());
  EXPECT_EQ(answer.error().kind, ErrorKind::unsupported);
}

struct Choice {
  unsigned version;
  unsigned cipher;
  bool fast_aes;
  bool accepted;
};

TEST(Handshake, InitiatorAcceptsOnlyWhatItOffered) {
  for (const Choice& row : {Choice{1, 0, true, true}, Choice{1, 1, true, true}, Choice{1, 1, false, false},
                            Choice{1, 2, true, false}, Choice{2, 0, true, false}, Choice{0, 0, true, false}}) {
    HandshakeInitiator initiator(crypto::Psk(), crypto::X25519KeyPair::generate(), row.fast_aes);
    crypto::NoiseHandshake noise(crypto::NoiseHandshake::Role::responder, crypto::Cipher::chacha20_poly1305,
                                 crypto::Psk(), as_bytes("stp channel"), crypto::X25519KeyPair::generate());
    ASSERT_TRUE(noise.read_message(initiator.make_offer()).ok());
    Bytes payload(kHandshakePayloadBytes);
    payload[0] = static_cast<std::byte>(row.version);
    payload[1] = static_cast<std::byte>(row.cipher);
    EXPECT_EQ(initiator.read_choice(*noise.write_message(payload)).ok(), row.accepted)
        << row.version << ' ' << row.cipher << ' ' << row.fast_aes;
  }
}

}  // namespace
}  // namespace stp::wire
