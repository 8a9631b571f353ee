// Unpredictable bytes from the operating system (libsodium), for keys, secrets and the seeds of Rng.
// The protocol cores never call this: they are handed an Rng.
#pragma once

#include <cstdint>

#include "core/bytes.h"

namespace stp::crypto {

/// Must be called once before anything else in libsodium is used; safe to call again.
void initialize();

void random_fill(MutableByteSpan out);

/// A seed for stp::Rng.
[[nodiscard]] std::uint64_t random_seed();

}  // namespace stp::crypto
