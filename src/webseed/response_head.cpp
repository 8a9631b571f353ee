#include "webseed/response_head.h"

#include "core/digits.h"
#include "core/text.h"

namespace stp::webseed {
namespace {

Error malformed(std::string message) {
  return {ErrorKind::malformed, std::move(message)};
}

}  // namespace

std::optional<ContentRange> parse_content_range(std::string_view value) {
  constexpr std::string_view kUnit = "bytes";
  value = trim_blanks(value);
  if (ascii_lower(value.substr(0, kUnit.size())) != kUnit) return std::nullopt;
  value.remove_prefix(kUnit.size());
  if (value.empty() || (value.front() != ' ' && value.front() != '\t')) return std::nullopt;
  value = trim_blanks(value);
  const std::size_t dash = value.find('-');
  const std::size_t slash = value.find('/');
  if (dash == std::string_view::npos || slash == std::string_view::npos || slash < dash) return std::nullopt;
  const std::optional<std::int64_t> first = parse_digits<std::int64_t>(value.substr(0, dash));
  const std::optional<std::int64_t> last = parse_digits<std::int64_t>(value.substr(dash + 1, slash - dash - 1));
  if (!first || !last || *last < *first) return std::nullopt;
  ContentRange range{*first, *last, std::nullopt};
  if (value.substr(slash + 1) == "*") return range;
  range.total = parse_digits<std::int64_t>(value.substr(slash + 1));
  if (!range.total || *range.total <= *last) return std::nullopt;
  return range;
}

Status HeadReader::handle_line(std::string_view line) {
  if (done_) return Done{};
  while (!line.empty() && (line.back() == '\n' || line.back() == '\r')) line.remove_suffix(1);
  if (!started_) return handle_status(line);
  if (line.empty()) {
    started_ = head_.status / 100 != 1;
    done_ = started_;
    return Done{};
  }
  const std::size_t colon = line.find(':');
  if (colon == std::string_view::npos) return Done{};
  return handle_field(line.substr(0, colon), trim_blanks(line.substr(colon + 1)));
}

Status HeadReader::handle_status(std::string_view line) {
  const std::size_t blank = line.find(' ');
  if (!line.starts_with("HTTP/") || blank == std::string_view::npos) return malformed("its answer is not HTTP");
  const std::optional<std::int64_t> status = parse_digits<std::int64_t>(line.substr(blank + 1, 3));
  if (!status || *status < 100) return malformed("its answer is not HTTP");
  head_ = ResponseHead();
  head_.status = static_cast<unsigned>(*status);
  started_ = true;
  return Done{};
}

Status HeadReader::handle_field(std::string_view name, std::string_view value) {
  const std::string lower = ascii_lower(name);
  if (lower == "content-range") {
    // Of a 416 it is "bytes */1234", which decides nothing.
    head_.range = parse_content_range(value);
    if (!head_.range && head_.status == 206) return malformed("its Content-Range is malformed");
  } else if (lower == "content-length") {
    head_.length = parse_digits<std::int64_t>(value);
    if (!head_.length) return malformed("its Content-Length is malformed");
  } else if (lower == "content-encoding") {
    const std::string encoding = ascii_lower(value);
    if (encoding != "identity") head_.encoding = encoding.substr(0, 20);
  } else if (lower == "location") {
    if (value.size() > kLocationBytesMax) return malformed("its Location is too long");
    head_.location = std::string(value);
  } else if (lower == "retry-after") {
    constexpr std::int64_t kSecondsMax = 10'000'000;
    if (const auto seconds = parse_digits<std::int64_t>(value); seconds && *seconds <= kSecondsMax) {
      head_.retry_after = std::chrono::seconds(*seconds);
    }
  }
  return Done{};
}

}  // namespace stp::webseed
