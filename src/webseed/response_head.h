// The head of a web seed's HTTP response, line by line, as far as it decides what becomes of the body. RFC 9110.
//
// Interim responses (1xx) are passed over. A Retry-After with a date instead of seconds is ignored.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "core/result.h"

namespace stp::webseed {

/// Content-Range of a 206 (RFC 9110 §14.4).
struct ContentRange {
  std::int64_t first = 0;
  std::int64_t last = 0;              // inclusive, not before `first`
  std::optional<std::int64_t> total;  // length of the whole; nullopt: "*"
  bool operator==(const ContentRange&) const = default;
};

/// Of "bytes 0-499/1234". nullopt: it is anything else, or contradicts itself.
[[nodiscard]] std::optional<ContentRange> parse_content_range(std::string_view value);

struct ResponseHead {
  unsigned status = 0;
  std::optional<ContentRange> range;
  std::optional<std::int64_t> length;  // Content-Length
  std::string encoding;                // Content-Encoding, unless it is "identity"; else empty
  std::string location;                // at most kLocationBytesMax
  std::optional<std::chrono::seconds> retry_after;
};

class HeadReader {
 public:
  static constexpr std::size_t kLocationBytesMax = 8192;

  /// The next line, with or without its end. Lines after the head, as of trailers, are ignored. An error: it is not
  /// HTTP, or a field that decides something is malformed.
  [[nodiscard]] Status handle_line(std::string_view line);
  /// The head is complete.
  [[nodiscard]] bool done() const { return done_; }
  [[nodiscard]] const ResponseHead& head() const { return head_; }

 private:
  [[nodiscard]] Status handle_status(std::string_view line);
  [[nodiscard]] Status handle_field(std::string_view name, std::string_view value);

  ResponseHead head_;
  bool started_ = false;
  bool done_ = false;
};

}  // namespace stp::webseed
