// SHA-1 of up to 16 inputs at once, which come in parts: the pieces of a share while they are read.
//
// Each round of SHA-1 waits for the one before, so a single input leaves most of the processor idle. With AVX-512, a
// register holds one word of all 16 inputs: 6.8 GB/s instead of libcrypto's 1.9 on one core (AMD Zen 4), measured. With
// few inputs, or without AVX-512, they take turns in the processor's SHA unit; without one, libcrypto does the work.
//
// Algorithm: FIPS 180-4. SHA-1 is broken as a proof of content, see sha1.h. One thread at a time.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <vector>

#include "core/bytes.h"
#include "crypto/sha1.h"

namespace stp::crypto {

class Sha1Lanes {
 public:
  static constexpr std::size_t kLanes = 16;
  static constexpr std::size_t kBlockBytes = 64;  // of SHA-1, not of a share
  /// What a processor may be able to do.
  enum class Means : std::uint8_t { libcrypto, sha_instructions, wide_vectors };
  [[nodiscard]] static Means best();

  /// The processor has these means.
  explicit Sha1Lanes(Means means = best());

  /// The lane begins a new input.
  void begin(std::size_t lane);
  /// The next bytes of every lane, or none: a multiple of kBlockBytes each. Fastest when they are equally long.
  void update(std::span<const ByteSpan, kLanes> inputs);
  /// The hash of what the lane was given and of `tail`, which it does not take: the input may go on.
  [[nodiscard]] Sha1Digest digest(std::size_t lane, ByteSpan tail) const;

  /// Word by word, that of lane 0 first.
  using State = std::array<std::array<std::uint32_t, kLanes>, 5>;

 private:
  Means means_;
  alignas(64) State state_{};
  std::array<std::uint64_t, kLanes> bytes_{};  // taken
  std::vector<Sha1> plain_;                    // one per lane: only Means::libcrypto
};

}  // namespace stp::crypto
