// The value of a hexadecimal digit. From a table: every announce that a tracker reads has dozens of them.
#pragma once

#include <array>
#include <cstdint>

namespace stp {

inline constexpr std::array<std::int8_t, 256> kHexDigitValues = [] {
  std::array<std::int8_t, 256> values{};
  values.fill(-1);
  for (std::int8_t value = 0; value < 16; ++value) {
    values["0123456789abcdef"[value]] = value;
    values["0123456789ABCDEF"[value]] = value;
  }
  return values;
}();

/// -1: not a hexadecimal digit.
[[nodiscard]] constexpr int hex_digit(char c) {
  return kHexDigitValues[static_cast<unsigned char>(c)];
}

}  // namespace stp
