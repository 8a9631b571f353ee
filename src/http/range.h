// Byte ranges: which part of a file a GET asks for. Spec: RFC 9110 §14 and §13.1.5 (If-Range). A core.
//
// One range is served. A request for several gets the whole, which §14.2 permits: no player asks for several, and
// overlapping ones are a known way to make a server work.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace stp::http {

struct RangeAnswer {
  unsigned status = 200;   // 200: the whole; 206: a part; 416: the part does not exist
  std::int64_t begin = 0;  // the bytes to send: [begin, end)
  std::int64_t end = 0;
  bool operator==(const RangeAnswer&) const = default;
};

/// What a GET gets of `bytes` bytes that are known by `etag`, a strong one with its quotes. `range` and `if_range` are
/// the values of those fields; empty: none. A Range that is not valid counts as none (§14.2).
[[nodiscard]] RangeAnswer answer_range(std::string_view range, std::string_view if_range, std::string_view etag,
                                       std::int64_t bytes);

/// The Content-Range field's value for a 206 or 416 (§14.4).
[[nodiscard]] std::string content_range(const RangeAnswer& answer, std::int64_t bytes);

}  // namespace stp::http
