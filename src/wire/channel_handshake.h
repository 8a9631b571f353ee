// The handshake of a channel: two messages of 64 bytes, after which both sides have keys (docs/protocol.md
// "Handshake").
//
//   initiator ──▶ Noise NNpsk0 message 1 with an offer   { highest version, ciphers that are fast here }
//   responder ◀── Noise NNpsk0 message 2 with a choice   { version, cipher }
//
// Suite: Noise_NNpsk0_25519_ChaChaPoly_SHA256, prologue "stp channel". Both payloads are 16 bytes, encrypted; bytes
// that have no meaning yet are zero and ignored. Since offer and choice are part of the authenticated transcript,
// nobody between the two can force a weaker cipher. Without the psk not even the first message can be read, and it is
// never answered: a stranger who connects learns nothing.
#pragma once

#include <array>
#include <cstdint>
#include <optional>

#include "core/bytes.h"
#include "core/result.h"
#include "crypto/aead.h"
#include "crypto/noise.h"
#include "crypto/noise_trial.h"

namespace stp::wire {

inline constexpr std::size_t kHandshakePayloadBytes = 16;
inline constexpr std::size_t kHandshakeMessageBytes = crypto::kNoiseOverheadBytes + kHandshakePayloadBytes;
inline constexpr std::uint8_t kChannelVersion = 1;

/// What both sides have agreed on. The keys are not Noise's own but derived from them for the chosen cipher (BLAKE2b),
/// so no key is ever used with two ciphers.
struct ChannelKeys {
  crypto::Cipher cipher = crypto::Cipher::chacha20_poly1305;
  crypto::Key send;
  crypto::Key receive;
  /// Hash of the handshake: the same on both sides and different for every connection.
  Hash256 transcript;
};

/// The side that connects. make_offer() once, then read_choice() once.
class HandshakeInitiator {
 public:
  HandshakeInitiator(const crypto::Psk& psk, const crypto::X25519KeyPair& ephemeral, bool fast_aes);

  /// The first message, kHandshakeMessageBytes.
  [[nodiscard]] Bytes make_offer();
  /// Reads the second, kHandshakeMessageBytes. Errors: denied, unsupported, malformed.
  [[nodiscard]] Result<ChannelKeys> read_choice(ByteSpan message);

 private:
  crypto::NoiseHandshake noise_;
  bool fast_aes_;
};

/// The answer of the side that was connected to.
struct HandshakeAnswer {
  Bytes message;  // kHandshakeMessageBytes, to be sent
  ChannelKeys keys;
};

/// Reads the first message. Errors: denied (made with another key), malformed, unsupported.
[[nodiscard]] Result<HandshakeAnswer> answer_offer(ByteSpan message, const crypto::Psk& psk,
                                                   const crypto::X25519KeyPair& ephemeral, bool fast_aes);

/// For a side that has many keys: finds out which one a first message was made with.
[[nodiscard]] crypto::NoiseTrial make_offer_trial();

}  // namespace stp::wire
