// What the daemon's shares look like to a person: tables made of the API's JSON (docs/api.md). Pure functions; figures
// that are missing are taken as 0.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include <nlohmann/json_fwd.hpp>

namespace stp::cli {

/// A field that is text; empty if it is not there, or something else.
[[nodiscard]] std::string text_field(const nlohmann::json& object, const char* name);

/// A field that is a whole number; `otherwise` if it is not there, or something else.
[[nodiscard]] std::int64_t number_field(const nlohmann::json& object, const char* name, std::int64_t otherwise = 0);

/// "34.0 kB/s", or "-" for nothing.
[[nodiscard]] std::string rate_or_dash(std::int64_t bytes_per_second);

/// "photos"; of a folder "photos/", or with its shares "photos/ (42 shares)".
[[nodiscard]] std::string shown_name(const nlohmann::json& share);

/// "43 %", or "" where progress is not known.
[[nodiscard]] std::string progress_of(const nlohmann::json& share);

/// Why it does not move, or what went wrong: one line for a person; empty if nothing is to be said.
[[nodiscard]] std::string why_of(const nlohmann::json& share);

/// The headings, and a line for each share.
[[nodiscard]] std::vector<std::string> share_table(const nlohmann::json& shares);

}  // namespace stp::cli
