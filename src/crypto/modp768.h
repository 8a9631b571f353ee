// Diffie–Hellman over a prime of 768 bits through libcrypto, for Message Stream Encryption, which prescribes this prime
// (it begins like that of RFC 2409 §6.1 and ends differently) and the generator 2. It is far too small for secrets: it hides what a connection is from whoever does not look closely.
#pragma once

#include <optional>

#include "core/ids.h"
#include "crypto/secret_bytes.h"

namespace stp::crypto {

using Modp768Public = FixedBytes<struct Modp768PublicTag, 96>;
using Modp768Private = SecretBytes<struct Modp768PrivateTag, 20>;
using Modp768Shared = SecretBytes<struct Modp768SharedTag, 96>;

struct Modp768KeyPair {
  Modp768Private private_key;
  Modp768Public public_key;

  /// From the operating system's randomness.
  [[nodiscard]] static Modp768KeyPair generate();
  [[nodiscard]] static Modp768KeyPair from(const Modp768Private& private_key);
};

/// The shared secret, big-endian; nullopt when the other's key is not in [2, p - 2], which would make it predictable.
[[nodiscard]] std::optional<Modp768Shared> modp768(const Modp768Private& ours, const Modp768Public& theirs);

}  // namespace stp::crypto
