// How numbers and text are written in reports. Pure functions, the same on every machine: no locale, no rounding that
// depends on a C library.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "core/time.h"
#include "sim/measure/figure.h"

namespace stp::sim {

/// `value` with exactly `decimals` digits after the point; never "-0". `value` is finite.
[[nodiscard]] std::string fixed(double value, int decimals);

/// Seconds since the start of a run, to the microsecond: "1234.500000".
[[nodiscard]] std::string fixed_seconds(Duration time);

/// 16 hexadecimal digits.
[[nodiscard]] std::string hex64(std::uint64_t value);

/// For people: "1,234", "0.52", "41.3 s", "2 h 07 min", "93.4 %", "1.2 MB/s" (decimal, as links are sold).
[[nodiscard]] std::string human(double value, Unit unit);

/// "12.3 MB".
[[nodiscard]] std::string human_bytes(double bytes);

/// Characters of UTF-8 `text`, each taken as one column.
[[nodiscard]] std::size_t columns_of(std::string_view text);

/// `text` padded with blanks to `columns`, at its end or at its beginning.
[[nodiscard]] std::string pad_right(std::string text, std::size_t columns);
[[nodiscard]] std::string pad_left(std::string text, std::size_t columns);

/// `text` cut to `columns`, with "…" at the cut.
[[nodiscard]] std::string cut(std::string_view text, std::size_t columns);

}  // namespace stp::sim
