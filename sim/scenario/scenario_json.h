// Scenarios as text: JSON with // and /* */ comments. docs/simulator-scenario.md has every key.
//
// Strict, because a key that is silently ignored spoils an experiment: every key is known, every value has its type,
// unit and range, names refer to something, and combinations without a meaning are rejected. An error is one line that
// begins with the path of the key ("groups.leeches.link: …") and says what would be right.
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "core/result.h"
#include "sim/scenario/csv_files.h"
#include "sim/scenario/scenario.h"

namespace stp::sim {

inline constexpr std::size_t kScenarioBytesMax = 4 * 1024 * 1024;

/// The scenario that `json_text` describes, after `settings` ("groups.leeches.count=200"; settings.h) have been
/// applied. "extends" is resolved from the presets (presets.h), tables that it names are read by `files` (csv_files.h).
/// Errors are of kind usage.
[[nodiscard]] Result<Scenario> parse_scenario(std::string_view json_text, std::span<const std::string> settings = {},
                                              const FileReader& files = {});

/// The canonical text: it contains every value, in the order of the reference, with the names of links, latencies and
/// distributions replaced by their numbers. parse_scenario gives the same scenario again if that came from it; for
/// others, times are rounded to a nanosecond and rates to a byte per second.
[[nodiscard]] std::string to_json(const Scenario& scenario);

}  // namespace stp::sim
