// X25519 (RFC 7748) through libsodium: the Diffie–Hellman function of the handshake.
#pragma once

#include <optional>

#include "core/ids.h"
#include "crypto/secret_bytes.h"

namespace stp::crypto {

using X25519Public = FixedBytes<struct X25519PublicTag, 32>;
using X25519Private = SecretBytes<struct X25519PrivateTag, 32>;

/// An ephemeral key pair. Protocol cores are handed one; the code that composes them calls generate().
struct X25519KeyPair {
  X25519Private private_key;
  X25519Public public_key;

  /// From the operating system's randomness.
  [[nodiscard]] static X25519KeyPair generate();
  /// The pair of a given private key: for published vectors and worked examples.
  [[nodiscard]] static X25519KeyPair from(const X25519Private& private_key);
};

/// The shared secret; nullopt when the other's key is a point of small order, which would make the result predictable.
[[nodiscard]] std::optional<Key> x25519(const X25519Private& ours, const X25519Public& theirs);

}  // namespace stp::crypto
