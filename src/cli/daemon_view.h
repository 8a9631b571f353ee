// What the daemon's shares look like to a person: tables made of the API's JSON (docs/api.md). Pure functions; figures
// that are missing are taken as 0.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include <nlohmann/json_fwd.hpp>

namespace stp::cli {

/// "43 %", or "" where progress is not known.
[[nodiscard]] std::string progress_of(const nlohmann::json& share);

/// Why it does not move, or what went wrong: one line for a person; empty if nothing is to be said.
[[nodiscard]] std::string why_of(const nlohmann::json& share);

/// The headings, and a line for each share. `selected`: the index of the share that is marked.
inline constexpr std::size_t kNoneSelected = static_cast<std::size_t>(-1);
[[nodiscard]] std::vector<std::string> share_table(const nlohmann::json& shares, std::size_t selected = kNoneSelected);

/// The same of a share's peers.
[[nodiscard]] std::vector<std::string> peer_table(const nlohmann::json& peers);

}  // namespace stp::cli
