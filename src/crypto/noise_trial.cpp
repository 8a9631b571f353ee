#include "crypto/noise_trial.h"

#include <sodium.h>

#include <algorithm>
#include <array>
#include <span>

#include "crypto/octets.h"
#include "crypto/sha256_lanes.h"

namespace stp::crypto {
namespace {

constexpr std::size_t kHmacBlockBytes = 64;
constexpr std::byte kInnerPad{0x36};
constexpr std::byte kOuterPad{0x5c};
/// Enough to keep all lanes busy, and few enough to stay in the processor's first cache.
constexpr std::size_t kBatch = 32;

/// Inputs of one step for a batch of keys: each is a block that a key was mixed into, and what follows it.
class Step {
 public:
  ~Step() { wipe(bytes_); }
  /// Input `i` becomes (`key` ⊕ `pad`) ‖ `parts`.
  void set_hmac(std::size_t i, ByteSpan key, std::byte pad, std::initializer_list<ByteSpan> parts) {
    const MutableByteSpan input = at(i);
    std::fill_n(input.begin(), kHmacBlockBytes, pad);
    for (std::size_t k = 0; k < key.size(); ++k) input[k] ^= key[k];
    std::size_t size = kHmacBlockBytes;
    for (const ByteSpan part : parts) {
      std::ranges::copy(part, input.begin() + static_cast<std::ptrdiff_t>(size));
      size += part.size();
    }
    sizes_[i] = size;
  }
  void set(std::size_t i, ByteSpan a, ByteSpan b) {
    std::ranges::copy(b, std::ranges::copy(a, at(i).begin()).out);
    sizes_[i] = a.size() + b.size();
  }
  void hash(std::size_t count, std::span<Hash256> out) {
    std::array<ByteSpan, kBatch> inputs;
    for (std::size_t i = 0; i < count; ++i) inputs[i] = ByteSpan(at(i)).first(sizes_[i]);
    sha256_many(std::span<const ByteSpan>(inputs).first(count), out.first(count));
  }

 private:
  static constexpr std::size_t kInputBytes = kHmacBlockBytes + 64;
  [[nodiscard]] MutableByteSpan at(std::size_t i) {
    return MutableByteSpan(bytes_).subspan(i * kInputBytes, kInputBytes);
  }
  std::array<std::byte, kBatch * kInputBytes> bytes_{};
  std::array<std::size_t, kBatch> sizes_{};
};

/// Opens a message's payload with the nonce 0, only to see whether it can be.
bool opens(const Hash256& key, const Hash256& hash, ByteSpan sealed) {
  constexpr std::array<unsigned char, crypto_aead_chacha20poly1305_IETF_NPUBBYTES> kNonce{};
  std::array<unsigned char, 64> plaintext;
  if (sealed.size() < kTagBytes || sealed.size() - kTagBytes > plaintext.size()) return false;
  return crypto_aead_chacha20poly1305_ietf_decrypt(plaintext.data(), nullptr, nullptr, octets(sealed), sealed.size(),
                                                   octets(hash.span()), Hash256::kSize, kNonce.data(),
                                                   octets(key.span())) == 0;
}

}  // namespace

NoiseTrial::NoiseTrial(ByteSpan prologue) : prologue_(to_bytes(prologue)) {}

void NoiseTrial::add(const Psk& psk) {
  NoiseSymmetricState symmetric(Cipher::chacha20_poly1305);
  symmetric.mix_hash(prologue_);
  symmetric.mix_key_and_hash(psk.span());
  states_.push_back({symmetric.chaining_key(), symmetric.hash()});
}

void NoiseTrial::erase(std::size_t index) {
  states_.erase(states_.begin() + static_cast<std::ptrdiff_t>(index));
}

// For each key what NoiseHandshake::read_message() does: MixHash(e), MixKey(e), DecryptAndHash(payload). MixKey is
// HKDF with two outputs, of which the second is the key of the payload.
std::optional<std::size_t> NoiseTrial::find(ByteSpan message) const {
  if (message.size() < kNoiseOverheadBytes) return std::nullopt;
  const ByteSpan e = message.first(X25519Public::kSize);
  const ByteSpan sealed = message.subspan(X25519Public::kSize);
  constexpr std::array<std::byte, 1> kFirst{std::byte{1}};
  constexpr std::array<std::byte, 1> kSecond{std::byte{2}};
  Step step;
  std::array<Hash256, kBatch> inner;
  std::array<Hash256, kBatch> extracted;
  std::array<Hash256, kBatch> first;
  std::array<Hash256, kBatch> key;
  std::array<Hash256, kBatch> hash;
  std::optional<std::size_t> found;
  for (std::size_t begin = 0; begin < states_.size() && !found; begin += kBatch) {
    const std::size_t count = std::min(kBatch, states_.size() - begin);
    const auto each = [&](auto set, std::array<Hash256, kBatch>& out) {
      for (std::size_t i = 0; i < count; ++i) set(i);
      step.hash(count, out);
    };
    const auto hmac = [&](auto key_of, auto set_inner, std::array<Hash256, kBatch>& out) {
      each(set_inner, inner);
      each([&](std::size_t i) { step.set_hmac(i, key_of(i), kOuterPad, {inner[i].span()}); }, out);
    };
    const auto chaining = [&](std::size_t i) { return states_[begin + i].chaining_key.span(); };
    const auto prk = [&](std::size_t i) { return ByteSpan(extracted[i].span()); };
    hmac(
        chaining, [&](std::size_t i) { step.set_hmac(i, chaining(i), kInnerPad, {e}); }, extracted);
    hmac(
        prk, [&](std::size_t i) { step.set_hmac(i, prk(i), kInnerPad, {kFirst}); }, first);
    hmac(
        prk,
        [&](std::size_t i) {
          step.set_hmac(i, prk(i), kInnerPad, {first[i].span(), kSecond});
        },
        key);
    each([&](std::size_t i) { step.set(i, states_[begin + i].hash.span(), e); }, hash);
    for (std::size_t i = 0; i < count && !found; ++i) {
      if (opens(key[i], hash[i], sealed)) found = begin + i;
    }
  }
  for (auto* const secrets : {&inner, &extracted, &first, &key}) {
    for (Hash256& secret : *secrets) wipe(secret.bytes);
  }
  return found;
}

}  // namespace stp::crypto
