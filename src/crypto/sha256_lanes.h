// SHA-256 of many inputs at once. One stream leaves the processor's SHA unit idle most of the time, since each round
// waits for the one before; four independent streams, interleaved, fill it: 3.0 GB/s instead of libcrypto's 2.0 on one
// core (AMD Zen 4), measured. The blocks of a share are such streams.
//
// Algorithm: FIPS 180-4. libcrypto hashes without SHA instructions, on other processors, and what is left over when
// inputs do not come in fours of equal length.
#pragma once

#include <span>

#include "core/bytes.h"
#include "core/ids.h"

namespace stp::crypto {

/// hashes[i] = SHA-256 of inputs[i]; as many hashes as inputs. Fastest when neighbours are of equal length.
/// Thread-safe.
void sha256_many(std::span<const ByteSpan> inputs, std::span<Hash256> hashes);

}  // namespace stp::crypto
