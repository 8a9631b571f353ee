#include "wire/channel_handshake.h"

#include <string>
#include <string_view>
#include <utility>

#include "crypto/blake2b.h"

namespace stp::wire {
namespace {

using crypto::Cipher;
using crypto::NoiseHandshake;
using Payload = std::array<std::byte, kHandshakePayloadBytes>;

constexpr std::string_view kPrologue = "stp channel";
constexpr Cipher kHandshakeCipher = Cipher::chacha20_poly1305;

// Payload of both messages: version, then in the offer a set of ciphers and in the choice one of them.
constexpr std::byte kOffersFastAes{0x01};

Payload payload_of(std::byte second) {
  Payload payload{};
  payload[0] = std::byte{kChannelVersion};
  payload[1] = second;
  return payload;
}

NoiseHandshake noise_of(NoiseHandshake::Role role, const crypto::Psk& psk, const crypto::X25519KeyPair& ephemeral) {
  return {role, kHandshakeCipher, psk, as_bytes(kPrologue), ephemeral};
}

crypto::Key record_key(const crypto::Key& noise_key, Cipher cipher) {
  crypto::Key key;
  crypto::blake2b_into(key.mutable_span(), noise_key.span(),
                       cipher == Cipher::aes_256_gcm ? "stp1 aes-256-gcm" : "stp1 chachapoly", {});
  return key;
}

ChannelKeys keys_of(const NoiseHandshake& noise, Cipher cipher) {
  const crypto::TransportKeys keys = noise.split();
  return {cipher, record_key(keys.send, cipher), record_key(keys.receive, cipher), noise.handshake_hash()};
}

Error version_error(std::byte version) {
  return Error{ErrorKind::unsupported, "handshake: the other side uses version " +
                                           std::to_string(std::to_integer<int>(version)) + ", this one uses version " +
                                           std::to_string(kChannelVersion)};
}

}  // namespace

HandshakeInitiator::HandshakeInitiator(const crypto::Psk& psk, const crypto::X25519KeyPair& ephemeral, bool fast_aes)
    : noise_(noise_of(NoiseHandshake::Role::initiator, psk, ephemeral)), fast_aes_(fast_aes) {}

Bytes HandshakeInitiator::make_offer() {
  Result<Bytes> message = noise_.write_message(payload_of(fast_aes_ ? kOffersFastAes : std::byte{0}));
  STP_ASSERT(message.ok() && message->size() == kHandshakeMessageBytes);
  return std::move(*message);
}

Result<ChannelKeys> HandshakeInitiator::read_choice(ByteSpan message) {
  const Result<Bytes> payload = noise_.read_message(message);
  if (!payload) return payload.error();
  if (payload->size() != kHandshakePayloadBytes)
    return Error{ErrorKind::malformed, "handshake: the answer has the wrong size"};
  if ((*payload)[0] != std::byte{kChannelVersion}) return version_error((*payload)[0]);
  const auto cipher = static_cast<Cipher>((*payload)[1]);
  if (cipher != Cipher::chacha20_poly1305 && !(cipher == Cipher::aes_256_gcm && fast_aes_)) {
    return Error{ErrorKind::malformed, "handshake: the other side chose a cipher that was not offered"};
  }
  return keys_of(noise_, cipher);
}

Result<HandshakeAnswer> answer_offer(ByteSpan message, const crypto::Psk& psk, const crypto::X25519KeyPair& ephemeral,
                                     bool fast_aes) {
  NoiseHandshake noise = noise_of(NoiseHandshake::Role::responder, psk, ephemeral);
  const Result<Bytes> offer = noise.read_message(message);
  if (!offer) return offer.error();
  if (offer->size() != kHandshakePayloadBytes) {
    return Error{ErrorKind::malformed, "handshake: the offer has the wrong size"};
  }
  // A later version offers the highest version that it supports and accepts what we choose.
  if ((*offer)[0] < std::byte{kChannelVersion}) return version_error((*offer)[0]);
  const bool both_fast = fast_aes && ((*offer)[1] & kOffersFastAes) != std::byte{0};
  const Cipher cipher = both_fast ? Cipher::aes_256_gcm : Cipher::chacha20_poly1305;
  Result<Bytes> choice = noise.write_message(payload_of(static_cast<std::byte>(cipher)));
  if (!choice) return choice.error();
  return HandshakeAnswer{std::move(*choice), keys_of(noise, cipher)};
}

crypto::NoiseTrial make_offer_trial() {
  static_assert(kHandshakeCipher == Cipher::chacha20_poly1305);
  return crypto::NoiseTrial(as_bytes(kPrologue));
}

}  // namespace stp::wire
