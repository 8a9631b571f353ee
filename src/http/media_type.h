// What the Content-Type field of a request says (RFC 9110 §8.3.1).
#pragma once

#include <string_view>

#include "core/text.h"

namespace stp::http {

/// Whether it is application/json, whatever its parameters.
[[nodiscard]] inline bool is_json(std::string_view content_type) {
  return ascii_lower(trim_blanks(content_type.substr(0, content_type.find(';')))) == "application/json";
}

}  // namespace stp::http
