// The only source of randomness of the protocol cores: seeded, portable, and with draws of our own, because
// the standard distributions give different numbers with different libraries.
//
// Generator: xoshiro256** 1.0 (Blackman, Vigna 2018), seeded through SplitMix64. Not for keys: those come from
// crypto/random.h. What a stranger must not guess (DHT tokens, transaction ids) starts from a seed taken there.
#pragma once

#include <array>
#include <bit>
#include <cstdint>
#include <span>
#include <string_view>
#include <utility>

#include "core/bytes.h"

namespace stp {

class Rng {
 public:
  explicit Rng(std::uint64_t seed);

  /// 64 uniform bits.
  std::uint64_t next();

  /// Uniform in [0, bound); bound > 0. Lemire 2019, unbiased.
  std::uint64_t below(std::uint64_t bound);

  /// Uniform in [0, 1), 53 bits.
  double unit();

  /// Fills `out` with uniform bytes.
  void fill(MutableByteSpan out);

  /// A generator whose numbers are independent of this one's later draws: drawing more or less from one named stream
  /// does not reshuffle another. Does not advance this generator.
  [[nodiscard]] Rng fork(std::string_view name) const;

  /// Fisher–Yates.
  template <class T>
  void shuffle(std::span<T> items) {
    for (std::size_t i = items.size(); i > 1; --i) std::swap(items[i - 1], items[below(i)]);
  }

 private:
  std::array<std::uint64_t, 4> state_;
};

}  // namespace stp
