// config.json: settings that hold for every call. The file lies in $XDG_CONFIG_HOME/stp (docs/cli.md "Configuration").
//
// One JSON object; keys are the long flags without dashes, values strings, numbers, booleans, or lists of strings for
// flags that may be repeated:  {"tracker": ["http://192.0.2.7:65000/announce"], "up-limit": "2MB/s", "no-dht": true}
#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "core/result.h"

namespace stp::cli {

/// Values by setting name, as text that Setting::apply takes.
using ConfigValues = std::map<std::string, std::vector<std::string>, std::less<>>;

inline constexpr std::size_t kConfigBytesMax = 1024 * 1024;

/// Reads `text`. Unknown keys, wrong types and broken JSON are usage errors that begin with `where`.
[[nodiscard]] Result<ConfigValues> parse_config(std::string_view text, const std::string& where);

/// Reads the file; no file is an empty configuration.
[[nodiscard]] Result<ConfigValues> load_config(const std::filesystem::path& file);

}  // namespace stp::cli
