#include "crypto/secret_bytes.h"

#include <sodium.h>

namespace stp::crypto {

void wipe(MutableByteSpan bytes) {
  sodium_memzero(bytes.data(), bytes.size());
}

bool equal_in_constant_time(ByteSpan a, ByteSpan b) {
  return a.size() == b.size() && sodium_memcmp(a.data(), b.data(), a.size()) == 0;
}

}  // namespace stp::crypto
