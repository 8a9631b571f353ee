#include "crypto/blake2b.h"

#include <sodium.h>

#include <algorithm>

#include "core/result.h"
#include "crypto/octets.h"

namespace stp::crypto {

void blake2b_into(MutableByteSpan out, ByteSpan key, std::string_view purpose, std::initializer_list<ByteSpan> parts) {
  static_assert(crypto_generichash_blake2b_PERSONALBYTES == kBlake2bPurposeBytesMax);
  STP_ASSERT(!out.empty() && out.size() <= kBlake2bOutputBytesMax && key.size() <= kBlake2bKeyBytesMax &&
             purpose.size() <= kBlake2bPurposeBytesMax);
  std::array<unsigned char, kBlake2bPurposeBytesMax> personal{};
  std::copy(purpose.begin(), purpose.end(), personal.begin());
  crypto_generichash_blake2b_state state;
  STP_ASSERT(crypto_generichash_blake2b_init_salt_personal(&state, key.empty() ? nullptr : octets(key), key.size(),
                                                           out.size(), nullptr, personal.data()) == 0);
  for (const ByteSpan part : parts) {
    if (!part.empty()) STP_ASSERT(crypto_generichash_blake2b_update(&state, octets(part), part.size()) == 0);
  }
  STP_ASSERT(crypto_generichash_blake2b_final(&state, octets(out), out.size()) == 0);
  sodium_memzero(&state, sizeof state);
}

}  // namespace stp::crypto
