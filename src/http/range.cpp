#include "http/range.h"

#include <algorithm>
#include <limits>
#include <optional>

#include "core/text.h"

namespace stp::http {
namespace {

/// Of decimal digits; one that is too large becomes the largest. nullopt: they are no digits.
std::optional<std::int64_t> parse_position(std::string_view digits) {
  constexpr std::int64_t kMax = std::numeric_limits<std::int64_t>::max();
  if (digits.empty()) return std::nullopt;
  std::int64_t value = 0;
  for (const char digit : digits) {
    if (digit < '0' || digit > '9') return std::nullopt;
    value = value > (kMax - 9) / 10 ? kMax : value * 10 + (digit - '0');
  }
  return value;
}

RangeAnswer part(std::int64_t begin, std::int64_t end) {
  return {206, begin, end};
}

}  // namespace

RangeAnswer answer_range(std::string_view range, std::string_view if_range, std::string_view etag, std::int64_t bytes) {
  const RangeAnswer whole{200, 0, bytes};
  constexpr RangeAnswer kNone{416, 0, 0};
  constexpr std::string_view kUnit = "bytes=";
  if (!if_range.empty() && if_range != etag) return whole;
  if (ascii_lower(range.substr(0, kUnit.size())) != kUnit) return whole;
  const std::string_view spec = trim_blanks(range.substr(kUnit.size()));
  const std::size_t dash = spec.find('-');
  if (dash == std::string_view::npos) return whole;
  const std::string_view last = spec.substr(dash + 1);
  if (dash == 0) {
    const std::optional<std::int64_t> suffix = parse_position(last);
    if (!suffix) return whole;
    if (*suffix == 0) return kNone;
    return bytes == 0 ? whole : part(bytes - std::min(*suffix, bytes), bytes);
  }
  const std::optional<std::int64_t> first = parse_position(spec.substr(0, dash));
  const std::optional<std::int64_t> to = last.empty() ? std::numeric_limits<std::int64_t>::max() : parse_position(last);
  if (!first || !to || *to < *first) return whole;
  if (*first >= bytes) return kNone;
  return part(*first, std::min(*to, bytes - 1) + 1);
}

std::string content_range(const RangeAnswer& answer, std::int64_t bytes) {
  if (answer.status == 416) return "bytes */" + std::to_string(bytes);
  return "bytes " + std::to_string(answer.begin) + "-" + std::to_string(answer.end - 1) + "/" + std::to_string(bytes);
}

}  // namespace stp::http
