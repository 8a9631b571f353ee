// SHA-1 (FIPS 180-4) through libcrypto, for formats that prescribe it (BEP 33). It is broken as a proof of content:
// nothing that must resist forgery may rely on it.
#pragma once

#include <array>
#include <cstddef>

#include "core/bytes.h"

namespace stp::crypto {

using Sha1Digest = std::array<std::byte, 20>;

/// SHA-1 of `data`. Thread-safe.
[[nodiscard]] Sha1Digest sha1(ByteSpan data);

}  // namespace stp::crypto
