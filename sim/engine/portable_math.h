// Logarithm, exponential and power that give the same bits everywhere.
//
// A C library may round its functions as it likes, and does so differently from version to version, so a simulation
// that drew with them could not be replayed elsewhere. These use only IEEE 754 additions, multiplications and divisions
// (each exactly defined; the build forbids contracting them). Accurate to about 1e-15 relative, far finer than a random
// draw needs.
#pragma once

#include <bit>
#include <cstdint>

namespace stp::sim {

/// Natural logarithm; x > 0 and finite.
[[nodiscard]] inline double portable_log(double x) {
  // x = m · 2^e with m in [√½, √2), then ln m = 2 artanh((m − 1)/(m + 1)) as a series of at most |z| = 0.172.
  const auto bits = std::bit_cast<std::uint64_t>(x);
  int exponent = static_cast<int>(bits >> 52) - 1023;
  double m = std::bit_cast<double>((bits & 0xfffffffffffffULL) | 0x3ff0000000000000ULL);
  if (m > 1.4142135623730951) {
    m /= 2;
    ++exponent;
  }
  const double z = (m - 1) / (m + 1);
  const double z2 = z * z;
  double sum = 0;
  for (int k = 21; k >= 1; k -= 2) sum = sum * z2 + 1.0 / k;
  return 2 * z * sum + exponent * 0.6931471805599453;
}

/// e^x; 0 below -700; values above 700 are treated as 700.
[[nodiscard]] inline double portable_exp(double x) {
  if (x < -700) return 0;
  if (x > 700) x = 700;
  // x = n ln 2 + r with |r| <= ln 2 / 2.
  const double scaled = x * 1.4426950408889634;
  const auto n = static_cast<int>(scaled < 0 ? scaled - 0.5 : scaled + 0.5);
  const double r = x - n * 0.6931471805599453;
  double sum = 1;
  for (int k = 17; k >= 1; --k) sum = 1 + sum * r / k;
  return sum * std::bit_cast<double>(static_cast<std::uint64_t>(n + 1023) << 52);
}

/// x^y for x >= 0.
[[nodiscard]] inline double portable_pow(double x, double y) {
  if (x <= 0) return y == 0 ? 1 : 0;
  return portable_exp(y * portable_log(x));
}

}  // namespace stp::sim
