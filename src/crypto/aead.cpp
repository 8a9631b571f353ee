#include "crypto/aead.h"

#include <openssl/evp.h>
#include <sodium.h>
#if defined(__aarch64__) && defined(__linux__)
#include <asm/hwcap.h>
#include <sys/auxv.h>
#endif

#include <array>
#include <limits>

#include "core/result.h"
#include "crypto/octets.h"
#include "crypto/random.h"

namespace stp::crypto {
namespace {

constexpr std::size_t kNonceBytes = 12;
// Noise reserves the last counter for Rekey.
constexpr std::uint64_t kRekeyCounter = std::numeric_limits<std::uint64_t>::max();

using Nonce = std::array<unsigned char, kNonceBytes>;

Nonce nonce_of(Cipher cipher, std::uint64_t counter) {
  Nonce nonce{};
  for (unsigned i = 0; i < 8; ++i) {
    const unsigned shift = cipher == Cipher::aes_256_gcm ? 8 * (7 - i) : 8 * i;
    nonce[4 + i] = static_cast<unsigned char>(counter >> shift);
  }
  return nonce;
}

// Fetching an algorithm costs more than sealing a small record.
const EVP_CIPHER* algorithm(Cipher cipher) {
  static const EVP_CIPHER* const chacha = EVP_CIPHER_fetch(nullptr, "ChaCha20-Poly1305", nullptr);
  static const EVP_CIPHER* const aes = EVP_CIPHER_fetch(nullptr, "AES-256-GCM", nullptr);
  STP_ASSERT(chacha != nullptr && aes != nullptr);
  return cipher == Cipher::aes_256_gcm ? aes : chacha;
}

detail::CipherContext new_context() {
  detail::CipherContext context(EVP_CIPHER_CTX_new());
  STP_ASSERT(context != nullptr);
  return context;
}

// libcrypto counts in int; records are far below that.
int size_of(ByteSpan bytes) {
  STP_ASSERT(bytes.size() <= static_cast<std::size_t>(std::numeric_limits<int>::max()));
  return static_cast<int>(bytes.size());
}

Key next_key(Sealer& sealer) {
  const std::array<std::byte, Key::kSize> zeros{};
  std::array<std::byte, Key::kSize + kTagBytes> sealed{};
  sealer.seal(kRekeyCounter, {}, zeros, sealed);
  const std::optional<Key> key = Key::from(ByteSpan(sealed).first(Key::kSize));
  wipe(sealed);
  return *key;
}

}  // namespace

const char* to_string(Cipher cipher) {
  return cipher == Cipher::aes_256_gcm ? "AES-256-GCM" : "ChaCha20-Poly1305";
}

bool has_fast_aes() {
#if defined(__aarch64__) && defined(__linux__)
  const unsigned long features = getauxval(AT_HWCAP);
  return (features & HWCAP_AES) != 0 && (features & HWCAP_PMULL) != 0;
#else
  initialize();
  return sodium_runtime_has_aesni() != 0 && sodium_runtime_has_pclmul() != 0;
#endif
}

void detail::FreeCipherContext::operator()(evp_cipher_ctx_st* context) const {
  EVP_CIPHER_CTX_free(context);
}

Sealer::Sealer(Cipher cipher, const Key& key) : cipher_(cipher), context_(new_context()) {
  set_key(key);
}

void Sealer::set_key(const Key& key) {
  STP_ASSERT(EVP_EncryptInit_ex2(context_.get(), algorithm(cipher_), octets(key.span()), nullptr, nullptr) == 1);
}

void Sealer::seal(std::uint64_t counter, ByteSpan associated, ByteSpan plaintext, MutableByteSpan out) {
  STP_ASSERT(out.size() == plaintext.size() + kTagBytes);
  EVP_CIPHER_CTX* const context = context_.get();
  const Nonce nonce = nonce_of(cipher_, counter);
  int written = 0;
  STP_ASSERT(EVP_EncryptInit_ex2(context, nullptr, nullptr, nonce.data(), nullptr) == 1);
  if (!associated.empty()) {
    STP_ASSERT(EVP_EncryptUpdate(context, nullptr, &written, octets(associated), size_of(associated)) == 1);
  }
  if (!plaintext.empty()) {
    STP_ASSERT(EVP_EncryptUpdate(context, octets(out), &written, octets(plaintext), size_of(plaintext)) == 1);
  }
  unsigned char* const tag = octets(out) + plaintext.size();
  STP_ASSERT(EVP_EncryptFinal_ex(context, tag, &written) == 1);
  STP_ASSERT(EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_AEAD_GET_TAG, kTagBytes, tag) == 1);
}

void Sealer::rekey() {
  set_key(next_key(*this));
}

Opener::Opener(Cipher cipher, const Key& key) : cipher_(cipher), context_(new_context()) {
  set_key(key);
}

void Opener::set_key(const Key& key) {
  key_ = key;
  STP_ASSERT(EVP_DecryptInit_ex2(context_.get(), algorithm(cipher_), octets(key.span()), nullptr, nullptr) == 1);
}

bool Opener::open(std::uint64_t counter, ByteSpan associated, ByteSpan sealed, MutableByteSpan out) {
  if (sealed.size() < kTagBytes) return false;
  const ByteSpan ciphertext = sealed.first(sealed.size() - kTagBytes);
  STP_ASSERT(out.size() == ciphertext.size());
  std::array<unsigned char, kTagBytes> tag{};
  std::copy_n(octets(sealed.last(kTagBytes)), kTagBytes, tag.begin());

  EVP_CIPHER_CTX* const context = context_.get();
  const Nonce nonce = nonce_of(cipher_, counter);
  int written = 0;
  STP_ASSERT(EVP_DecryptInit_ex2(context, nullptr, nullptr, nonce.data(), nullptr) == 1);
  STP_ASSERT(EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_AEAD_SET_TAG, kTagBytes, tag.data()) == 1);
  if (!associated.empty()) {
    STP_ASSERT(EVP_DecryptUpdate(context, nullptr, &written, octets(associated), size_of(associated)) == 1);
  }
  if (!ciphertext.empty()) {
    STP_ASSERT(EVP_DecryptUpdate(context, octets(out), &written, octets(ciphertext), size_of(ciphertext)) == 1);
  }
  std::array<unsigned char, kTagBytes> rest{};  // neither cipher has any
  if (EVP_DecryptFinal_ex(context, rest.data(), &written) == 1) return true;
  wipe(out);
  return false;
}

void Opener::rekey() {
  Sealer sealer(cipher_, key_);
  set_key(next_key(sealer));
}

}  // namespace stp::crypto
