#include "crypto/noise.h"

#include <sodium.h>

#include <algorithm>
#include <initializer_list>
#include <string_view>
#include <utility>

#include "crypto/octets.h"
#include "crypto/random.h"
#include "crypto/sha256.h"

namespace stp::crypto {
namespace {

constexpr std::size_t kHashBytes = 32;

std::string_view protocol_name(Cipher cipher) {
  return cipher == Cipher::aes_256_gcm ? "Noise_NNpsk0_25519_AESGCM_SHA256" : "Noise_NNpsk0_25519_ChaChaPoly_SHA256";
}

Key hmac_sha256(const Key& key, std::initializer_list<ByteSpan> parts) {
  static_assert(crypto_auth_hmacsha256_BYTES == Key::kSize);
  crypto_auth_hmacsha256_state state;
  crypto_auth_hmacsha256_init(&state, octets(key.span()), Key::kSize);
  for (const ByteSpan part : parts) crypto_auth_hmacsha256_update(&state, octets(part), part.size());
  Key mac;
  crypto_auth_hmacsha256_final(&state, octets(mac.mutable_span()));
  sodium_memzero(&state, sizeof state);
  return mac;
}

// HKDF of rev 34 §4.3 with N outputs.
template <std::size_t N>
std::array<Key, N> hkdf(const Key& chaining_key, ByteSpan material) {
  const Key extracted = hmac_sha256(chaining_key, {material});
  std::array<Key, N> out;
  for (std::size_t i = 0; i < N; ++i) {
    const std::array<std::byte, 1> number = {static_cast<std::byte>(i + 1)};
    out[i] = hmac_sha256(extracted, {i == 0 ? ByteSpan() : out[i - 1].span(), number});
  }
  return out;
}

}  // namespace

NoiseSymmetricState::NoiseSymmetricState(Cipher cipher) : cipher_(cipher) {
  initialize();
  const ByteSpan name = as_bytes(protocol_name(cipher));
  if (name.size() <= kHashBytes) {
    std::copy(name.begin(), name.end(), hash_.bytes.begin());
  } else {
    hash_ = sha256(name);
  }
  chaining_key_ = Key(hash_.bytes);
}

void NoiseSymmetricState::mix_hash(ByteSpan data) {
  Sha256 hasher;
  hasher.update(hash_.span());
  hasher.update(data);
  hash_ = hasher.finish();
}

void NoiseSymmetricState::mix_key(ByteSpan material) {
  const auto [chaining_key, key] = hkdf<2>(chaining_key_, material);
  chaining_key_ = chaining_key;
  key_ = key;
  counter_ = 0;
}

void NoiseSymmetricState::mix_key_and_hash(ByteSpan material) {
  const auto [chaining_key, to_hash, key] = hkdf<3>(chaining_key_, material);
  chaining_key_ = chaining_key;
  mix_hash(to_hash.span());
  key_ = key;
  counter_ = 0;
}

Bytes NoiseSymmetricState::encrypt_and_hash(ByteSpan plaintext) {
  STP_ASSERT(key_.has_value());
  Bytes sealed(plaintext.size() + kTagBytes);
  Sealer(cipher_, *key_).seal(counter_++, hash_.span(), plaintext, sealed);
  mix_hash(sealed);
  return sealed;
}

std::optional<Bytes> NoiseSymmetricState::decrypt_and_hash(ByteSpan sealed) {
  STP_ASSERT(key_.has_value());
  if (sealed.size() < kTagBytes) return std::nullopt;
  Bytes plaintext(sealed.size() - kTagBytes);
  if (!Opener(cipher_, *key_).open(counter_++, hash_.span(), sealed, plaintext)) return std::nullopt;
  mix_hash(sealed);
  return plaintext;
}

std::pair<Key, Key> NoiseSymmetricState::split() const {
  const auto [initiators, responders] = hkdf<2>(chaining_key_, {});
  return {initiators, responders};
}

NoiseHandshake::NoiseHandshake(Role role, Cipher cipher, const Psk& psk, ByteSpan prologue,
                               const X25519KeyPair& ephemeral)
    : role_(role), symmetric_(cipher), ephemeral_(ephemeral) {
  symmetric_.mix_hash(prologue);
  symmetric_.mix_key_and_hash(psk.span());  // the psk token is the first of the first message
}

bool NoiseHandshake::mix_shared_secret() {
  const std::optional<Key> shared = x25519(ephemeral_.private_key, their_ephemeral_);
  if (shared) symmetric_.mix_key(shared->span());
  return shared.has_value();
}

Result<Bytes> NoiseHandshake::write_message(ByteSpan payload) {
  STP_ASSERT(our_turn());
  Bytes message = to_bytes(ephemeral_.public_key.span());
  symmetric_.mix_hash(message);
  symmetric_.mix_key(message);
  if (role_ == Role::responder && !mix_shared_secret()) {
    return Error{ErrorKind::denied, "handshake: the other side's key is a point of small order"};
  }
  append(message, symmetric_.encrypt_and_hash(payload));
  ++messages_;
  return message;
}

Result<Bytes> NoiseHandshake::read_message(ByteSpan message) {
  STP_ASSERT(!our_turn() && !finished());
  if (message.size() < kNoiseOverheadBytes) {
    return Error{ErrorKind::malformed,
                 "handshake: message of " + std::to_string(message.size()) + " bytes is too short"};
  }
  const ByteSpan key = message.first(X25519Public::kSize);
  their_ephemeral_ = *X25519Public::from(key);
  symmetric_.mix_hash(key);
  symmetric_.mix_key(key);
  if (role_ == Role::initiator && !mix_shared_secret()) {
    return Error{ErrorKind::denied, "handshake: the other side's key is a point of small order"};
  }
  std::optional<Bytes> payload = symmetric_.decrypt_and_hash(message.subspan(X25519Public::kSize));
  if (!payload) {
    return Error{ErrorKind::denied,
                 "handshake: the other side does not know the key of this swarm, or the message was tampered with"};
  }
  ++messages_;
  return std::move(*payload);
}

TransportKeys NoiseHandshake::split() const {
  STP_ASSERT(finished());
  auto [initiators, responders] = symmetric_.split();
  return role_ == Role::initiator ? TransportKeys{initiators, responders} : TransportKeys{responders, initiators};
}

const Hash256& NoiseHandshake::handshake_hash() const {
  STP_ASSERT(finished());
  return symmetric_.hash();
}

}  // namespace stp::crypto
