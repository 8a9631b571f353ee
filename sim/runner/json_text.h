// JSON at the runner's edge: files written by people and other processes. Nothing here throws.
#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

#include "core/result.h"

namespace stp::sim {

/// Deeper nesting is rejected: the library recurses. The text may contain a scenario.
inline constexpr int kFileDepthMax = 64;

/// `text`, which may contain // and /* */ comments, as an object. The error says where it stops being JSON.
[[nodiscard]] Result<nlohmann::ordered_json> parse_json_object(std::string_view text);

/// "a number", "an empty list", "null": a value's kind in an error message.
[[nodiscard]] std::string kind_of(const nlohmann::ordered_json& value);

}  // namespace stp::sim
