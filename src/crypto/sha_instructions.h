// Which instructions for hashing the processor has. libcrypto finds out on its own; our code that interleaves several
// inputs has to ask.
#pragma once

namespace stp::crypto {

/// SHA-1 and SHA-256 (x86 SHA extensions, with SSE4.1 and SSSE3). Thread-safe.
[[nodiscard]] bool has_sha_instructions();
/// 16 words at once: AVX-512 F and BW, enabled by the system. Thread-safe.
[[nodiscard]] bool has_wide_vectors();

}  // namespace stp::crypto
