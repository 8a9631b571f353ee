// Foreign JSON, turned into a document that is safe to walk: bounded in bytes, depth and width, without duplicate keys.
//
// Internal to sim/scenario, and the only place there that lets nlohmann::json parse. Objects keep the order of their
// keys.
#pragma once

#include <string>
#include <string_view>

#include "core/result.h"
#include "sim/scenario/json.h"

namespace stp::sim {

inline constexpr int kJsonDepthMax = 16;
inline constexpr std::size_t kJsonKeysMax = 1024;  // per object

/// `text`, which may contain // and /* */ comments. The error names the line.
[[nodiscard]] Result<Json> parse_json(std::string_view text);

/// The scenario that `text` describes as one JSON object, with "extends" resolved: what the text leaves out is taken
/// from that preset. The keys of "network" and "lookups" are merged one by one, as are the settings in "transfer" and
/// "dht", groups and shares by their names (new names come last), and everything else is replaced as a whole.
[[nodiscard]] Result<Json> read_document(std::string_view text);

/// `text` as it may be shown in an error: short and printable.
[[nodiscard]] std::string shown(std::string_view text);

/// `json` on one line or indented; never throws.
[[nodiscard]] std::string json_text(const Json& json, int indent = -1);

}  // namespace stp::sim
