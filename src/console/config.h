// config.json: settings for every run of a program.
//
// One JSON object; keys are the long flags without dashes, values strings, numbers, booleans, or lists of strings for
// flags that may be repeated. A key applies to all commands that have the flag; in an object under a command's name it
// applies only to that command, and beats the one for all:
//
//   {"tracker": ["http://192.0.2.7:65000/announce"], "no-dht": true, "get": {"output": "/srv/incoming"}}
//
// "tracker" is a flag and a command of stp: a string or a list is the flag, an object the command's section.
#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "console/command_table.h"
#include "core/result.h"

namespace stp::console {

/// The values of flags by name, as text.
using ConfigSection = std::map<std::string, std::vector<std::string>, std::less<>>;
/// By command; "": for all.
using ConfigValues = std::map<std::string, ConfigSection, std::less<>>;

inline constexpr std::size_t kConfigBytesMax = 1024 * 1024;

/// Reads `text`. Unknown keys, wrong types and broken JSON are usage errors that begin with `where`.
[[nodiscard]] Result<ConfigValues> parse_config(const Program& program, std::string_view text,
                                                const std::string& where);

/// Reads the file; a missing file is an empty configuration.
[[nodiscard]] Result<ConfigValues> load_config(const Program& program, const std::filesystem::path& file);

}  // namespace stp::console
