#include "crypto/random.h"

#include <sodium.h>

#include <array>

#include "core/result.h"

namespace stp::crypto {

void initialize() {
  STP_ASSERT(sodium_init() >= 0);
}

void random_fill(MutableByteSpan out) {
  initialize();
  if (out.empty()) return;  // libsodium takes no null pointer
  randombytes_buf(out.data(), out.size());
}

std::uint64_t random_seed() {
  std::array<std::byte, 8> raw{};
  random_fill(raw);
  return load_be<std::uint64_t>(raw.data());
}

}  // namespace stp::crypto
