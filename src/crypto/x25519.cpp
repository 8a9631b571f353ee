#include "crypto/x25519.h"

#include <sodium.h>

#include "core/result.h"
#include "crypto/octets.h"
#include "crypto/random.h"

namespace stp::crypto {

X25519KeyPair X25519KeyPair::generate() {
  X25519Private private_key;
  random_fill(private_key.mutable_span());
  return from(private_key);
}

X25519KeyPair X25519KeyPair::from(const X25519Private& private_key) {
  initialize();
  X25519KeyPair pair{private_key, {}};
  STP_ASSERT(crypto_scalarmult_base(octets(MutableByteSpan(pair.public_key.bytes)), octets(private_key.span())) == 0);
  return pair;
}

std::optional<Key> x25519(const X25519Private& ours, const X25519Public& theirs) {
  initialize();
  Key shared;
  if (crypto_scalarmult(octets(shared.mutable_span()), octets(ours.span()), octets(theirs.span())) != 0) {
    return std::nullopt;
  }
  return shared;
}

}  // namespace stp::crypto
