#include "cli/format.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>

namespace stp::cli {
namespace {

std::string two_parts(std::int64_t big, char big_unit, std::int64_t small, char small_unit) {
  std::array<char, 64> text{};
  const int length = std::snprintf(text.data(), text.size(), "%lld%c %02lld%c", static_cast<long long>(big), big_unit,
                                   static_cast<long long>(small), small_unit);
  return {text.data(), static_cast<std::size_t>(length)};
}

}  // namespace

std::string format_rate(double bytes_per_second) {
  return format_bytes(static_cast<std::int64_t>(std::llround(std::max(0.0, bytes_per_second)))) + "/s";
}

std::string format_duration(Duration duration) {
  const std::int64_t seconds =
      std::max<std::int64_t>(0, std::chrono::duration_cast<std::chrono::seconds>(duration).count());
  if (seconds == 0 && duration >= std::chrono::milliseconds(1)) {
    return std::to_string(std::chrono::duration_cast<std::chrono::milliseconds>(duration).count()) + "ms";
  }
  if (seconds < 60) return std::to_string(seconds) + "s";
  if (seconds < 3600) return two_parts(seconds / 60, 'm', seconds % 60, 's');
  if (seconds < 86400) return two_parts(seconds / 3600, 'h', seconds / 60 % 60, 'm');
  return two_parts(seconds / 86400, 'd', seconds / 3600 % 24, 'h');
}

std::string format_time_spent(Duration duration) {
  const std::int64_t tenths = duration / std::chrono::milliseconds(100);
  if (tenths < 10 || tenths >= 100 || tenths % 10 == 0) return format_duration(duration);
  return std::to_string(tenths / 10) + "." + std::to_string(tenths % 10) + "s";
}

std::string format_eta(std::int64_t bytes_left, double rate) {
  constexpr double kSecondsMax = 99.0 * 86400;
  if (rate < 1) return "--";
  const double seconds = std::ceil(static_cast<double>(bytes_left) / rate);
  if (seconds > kSecondsMax) return "--";
  return format_duration(std::chrono::seconds(static_cast<std::int64_t>(seconds)));
}

std::string format_percent(std::int64_t part, std::int64_t whole) {
  if (part >= whole) return "100 %";
  const auto percent = static_cast<std::int64_t>(100.0 * static_cast<double>(part) / static_cast<double>(whole));
  return std::to_string(std::min<std::int64_t>(percent, 99)) + " %";
}

}  // namespace stp::cli
