// Authenticated encryption with explicit 64-bit counter nonces, as Noise lays them out (rev 34 §12.3, §12.4), through
// libcrypto.
//
// Both ciphers take a 32-byte key and add a 16-byte tag. The 96-bit nonce is four zero bytes and the counter,
// little-endian for ChaCha20-Poly1305 and big-endian for AES-256-GCM.
//
// A Sealer or Opener is one direction under one key: libcrypto's context and key schedule are made once, in the
// constructor, and a record costs only its nonce. A counter must never be sealed twice under one key; the caller, which
// counts, ensures that. One thread at a time.
#pragma once

#include <cstdint>
#include <memory>

#include "core/bytes.h"
#include "crypto/secret_bytes.h"

struct evp_cipher_ctx_st;

namespace stp::crypto {

/// The values are those of the handshake payload (docs/protocol.md "Handshake").
enum class Cipher : std::uint8_t { chacha20_poly1305 = 0, aes_256_gcm = 1 };
/// "ChaCha20-Poly1305" or "AES-256-GCM".
[[nodiscard]] const char* to_string(Cipher cipher);

inline constexpr std::size_t kTagBytes = 16;

/// Whether this processor has instructions for AES and carry-less multiplication; without them AES-256-GCM is slow and
/// not constant-time.
[[nodiscard]] bool has_fast_aes();

namespace detail {
struct FreeCipherContext {
  void operator()(evp_cipher_ctx_st* context) const;
};
using CipherContext = std::unique_ptr<evp_cipher_ctx_st, FreeCipherContext>;
}  // namespace detail

class Sealer {
 public:
  Sealer(Cipher cipher, const Key& key);

  /// Encrypts `plaintext` into `out`, which has plaintext.size() + kTagBytes bytes and either begins where `plaintext`
  /// does (in place) or does not overlap it.
  void seal(std::uint64_t counter, ByteSpan associated, ByteSpan plaintext, MutableByteSpan out);

  /// Noise Rekey (rev 34 §4.2): the key becomes ENCRYPT(k, 2⁶⁴−1, "", 32 zeros), cut to 32 bytes.
  void rekey();

 private:
  void set_key(const Key& key);

  Cipher cipher_;
  detail::CipherContext context_;
};

class Opener {
 public:
  Opener(Cipher cipher, const Key& key);

  /// Decrypts `sealed` into `out`, which has sealed.size() − kTagBytes bytes and either begins where `sealed` does or
  /// does not overlap it. False when `sealed` is shorter than a tag or does not authenticate; `out` is then all zeros.
  [[nodiscard]] bool open(std::uint64_t counter, ByteSpan associated, ByteSpan sealed, MutableByteSpan out);

  /// Follows Sealer::rekey().
  void rekey();

 private:
  void set_key(const Key& key);

  Cipher cipher_;
  detail::CipherContext context_;
  Key key_;  // libcrypto's decrypting context can't seal, which Rekey needs
};

}  // namespace stp::crypto
