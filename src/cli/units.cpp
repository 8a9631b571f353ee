#include "cli/units.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <optional>

#include "core/endpoint.h"
#include "wire/link.h"
#include "wire/uri.h"

namespace stp::cli {
namespace {

Error usage(std::string message) {
  return {ErrorKind::usage, std::move(message)};
}

std::string quoted(std::string_view text) {
  return "'" + std::string(text) + "'";
}

bool remove_suffix(std::string_view& text, std::string_view suffix) {
  if (text.size() < suffix.size() || text.substr(text.size() - suffix.size()) != suffix) return false;
  text.remove_suffix(suffix.size());
  return true;
}

/// A plain decimal number at the start of `text` ("1.5"), which is then removed; no sign, exponent or "inf".
std::optional<double> take_number(std::string_view& text) {
  std::size_t digits = 0;
  while (digits < text.size() && ((text[digits] >= '0' && text[digits] <= '9') || text[digits] == '.')) ++digits;
  double value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + digits, value, std::chars_format::fixed);
  if (digits == 0 || error != std::errc{} || end != text.data() + digits) return std::nullopt;
  text.remove_prefix(digits);
  while (!text.empty() && text.front() == ' ') text.remove_prefix(1);
  return value;
}

}  // namespace

Result<std::int64_t> parse_rate(std::string_view text) {
  const Error wrong = usage(quoted(text) + " is not a rate; write e.g. 500k, 10MB/s, 2MiB/s or 8Mbit/s");
  if (wire::ascii_lower(text) == "unlimited") return std::int64_t{0};
  std::string_view rest = text;
  const std::optional<double> number = take_number(rest);
  if (!number) return wrong;

  // "Mbps" are bits and "MBps" bytes, as everybody means them; elsewhere case makes no difference.
  const bool bits_a_second = rest.size() >= 3 && rest.substr(rest.size() - 3) == "bps";
  const std::string unit_text = wire::ascii_lower(rest);
  std::string_view unit = unit_text;
  double scale = bits_a_second ? 0.125 : 1;
  if (!remove_suffix(unit, "bps") && !remove_suffix(unit, "b/s")) remove_suffix(unit, "/s");
  if (remove_suffix(unit, "bits") || remove_suffix(unit, "bit")) {
    scale = 0.125;
  } else {
    remove_suffix(unit, "b");
  }
  struct Prefix {
    std::string_view name;
    double factor;
  };
  constexpr std::array<Prefix, 7> kPrefixes = {{{"", 1.0},
                                                {"k", 1e3},
                                                {"m", 1e6},
                                                {"g", 1e9},
                                                {"ki", 1024.0},
                                                {"mi", 1024.0 * 1024},
                                                {"gi", 1024.0 * 1024 * 1024}}};
  const auto prefix = std::find_if(kPrefixes.begin(), kPrefixes.end(), [&](const Prefix& p) { return p.name == unit; });
  if (prefix == kPrefixes.end()) return wrong;
  const double rate = *number * scale * prefix->factor;
  if (rate > 1e15) return wrong;
  if (rate > 0 && rate < 1) return usage(quoted(text) + " is less than a byte a second");
  return static_cast<std::int64_t>(std::llround(rate));
}

Result<Duration> parse_duration(std::string_view text) {
  const Error wrong = usage(quoted(text) + " is not a time; write e.g. 30s, 5m, 2h or never");
  if (wire::ascii_lower(text) == "never") return Duration::zero();
  std::string_view rest = text;
  const std::optional<double> number = take_number(rest);
  if (!number) return wrong;
  double seconds = 0;
  if (rest.empty() || rest == "s")
    seconds = *number;
  else if (rest == "ms")
    seconds = *number / 1000;
  else if (rest == "m" || rest == "min")
    seconds = *number * 60;
  else if (rest == "h")
    seconds = *number * 3600;
  else if (rest == "d")
    seconds = *number * 86400;
  else
    return wrong;
  if (seconds > 1e9) return wrong;  // thirty years; and int64 nanoseconds hold it
  return Duration(static_cast<std::int64_t>(std::llround(seconds * 1e9)));
}

Result<double> parse_ratio(std::string_view text) {
  std::string_view rest = text;
  const std::optional<double> number = take_number(rest);
  if (!number || !rest.empty() || *number <= 0 || *number > 1e6) {
    return usage(quoted(text) + " is not a ratio; write e.g. 1 or 2.5");
  }
  return *number;
}

Result<std::uint32_t> parse_count(std::string_view text) {
  std::uint32_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (text.empty() || error != std::errc{} || end != text.data() + text.size()) {
    return usage(quoted(text) + " is not a number; write digits only");
  }
  return value;
}

Result<std::string> parse_host_port(std::string_view text) {
  const Error wrong =
      usage(quoted(text) + " is not an address; write HOST:PORT, e.g. 192.0.2.7:64500 or [2001:db8::7]:64500");
  if (text.rfind('-', 0) == 0 || !wire::HostPort::parse(text)) return wrong;
  if (const std::optional<Endpoint> endpoint = Endpoint::parse(text); endpoint && !endpoint->is_dialable()) {
    return usage(quoted(text) + " can't be dialled; give the address and port where the other side listens");
  }
  return std::string(text);
}

Result<bool> parse_bool(std::string_view text) {
  const std::string word = wire::ascii_lower(text);
  if (word == "true" || word == "yes" || word == "on" || word == "1") return true;
  if (word == "false" || word == "no" || word == "off" || word == "0" || word.empty()) return false;
  return usage(quoted(text) + " is neither true nor false");
}

}  // namespace stp::cli
