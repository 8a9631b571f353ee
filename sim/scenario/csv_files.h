// Tables from files: {"csv": "NAME"} in a scenario, replaced by the contents of the file.
//
//   groups.*.arrivals   time_s[,leave_s]   one row per member, seconds; an empty leave_s: until its session ends
//   groups.*.link       weight,up,down     one row per class; rates with their units, as in a scenario
//   network.latency     (no header)        a square matrix of one-way milliseconds; a host is at one of its rows
//
// Lines that begin with # and empty lines are skipped. Errors name the file and the line. Once read, the tables are
// part of the scenario: of its text, and so of its hash.
#pragma once

#include <functional>
#include <string>

#include "core/result.h"
#include "sim/scenario/json.h"

namespace stp::sim {

/// The content of the file that a scenario calls `name`. The error says which file.
using FileReader = std::function<Result<std::string>(const std::string& name)>;

inline constexpr std::size_t kCsvBytesMax = 4 * 1024 * 1024;

/// Puts the tables into `document` in place of their names. Without a `reader` no names are allowed.
[[nodiscard]] Status take_in_files(Json& document, const FileReader& reader);

}  // namespace stp::sim
