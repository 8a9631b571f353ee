// The table of settings: each is a long flag, its environment twin STP_… and a key of config.json, with one meaning.
//
// The table is the only place that knows a setting; parsing (arguments.h), the configuration (config.h) and the help
// texts (help.h) all read it.
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "cli/options.h"
#include "core/result.h"

namespace stp::cli {

enum class Shape : std::uint8_t {
  flag,            // --json
  optional_value,  // --seed, --seed=2
  value,           // --listen ADDR:PORT; given twice is an error
  number,          // --timeout TIME: a value that config.json may have without quotes
  list             // --tracker URL, repeatable
};

struct Setting {
  const char* name;  // "up-limit"; --up-limit, STP_UP_LIMIT, "up-limit" in config.json
  char letter;       // 'o' for -o, or '\0'
  Shape shape;
  const char* metavar;     // "RATE", or "" for a flag
  const char* help;        // one sentence
  std::uint32_t commands;  // bit 1 << Command for each command that has it
  /// Puts one value into the options; a usage error says what is wrong with it, without the setting's name. Flags are
  /// called with "true" or "false".
  Status (*apply)(Options& options, const std::string& value);
};

[[nodiscard]] std::span<const Setting> settings();

/// The setting named `name` (without dashes); null when there is none.
[[nodiscard]] const Setting* find_setting(std::string_view name);

[[nodiscard]] bool belongs_to(const Setting& setting, Command command);

/// "STP_UP_LIMIT".
[[nodiscard]] std::string environment_name(const Setting& setting);

}  // namespace stp::cli
