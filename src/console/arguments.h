// The arguments of a program, its environment and its configuration, combined according to the table of commands: a
// flag beats the environment, which beats the configuration.
//
// CLI11 splits the words into command, flags and the rest. What it is not used for, and why:
//   - operands: as a positional, "[a,b]" would become two, and after "--" they would go to the program, not the command;
//   - a word "++": it would end the command;
//   - environment and configuration: CLI11 reads both, but forgets where a value came from. Which of two contradicting
//     values is stronger, and what to name in a message, depends on that.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "console/command_table.h"
#include "console/completion.h"
#include "console/config.h"
#include "core/result.h"

namespace stp::console {

/// The variables of the environment, by name.
using Environment = std::map<std::string, std::string, std::less<>>;

/// That of this process.
[[nodiscard]] Environment environment_of_process();
[[nodiscard]] std::optional<std::string> variable(const Environment& environment, std::string_view name);

/// Where a value came from; the larger wins.
enum class Level : std::uint8_t { config, environment, flag };

struct Given {
  Level level = Level::config;
  std::string label;  // "--tracker", "STP_TRACKER", "config.json: tracker", "config.json: get.tracker"
  std::vector<std::string> values;
};
/// By the flag's name.
using GivenByName = std::map<std::string, Given, std::less<>>;

struct Arguments {
  enum class Kind : std::uint8_t { run, help, version, completion, manual, manual_names };
  Kind kind = Kind::run;
  std::optional<std::size_t> command;  // always with run; the help or manual page of one command
  Shell shell = Shell::bash;           // with completion
  GivenByName given;                   // a flag that is switched off (--json=0) has "false" here
  std::vector<std::string> operands;
  std::vector<std::string> warnings;  // one line each: variables that are not settings

  /// Whether it was given, and not switched off.
  [[nodiscard]] bool has(std::string_view flag) const;
  /// The value of a flag that is not repeatable.
  [[nodiscard]] std::optional<std::string> text(std::string_view flag) const;
  [[nodiscard]] std::vector<std::string> texts(std::string_view flag) const;
  /// A whole number from `min` to `max`, or `otherwise` if the flag is not given; the error names its source.
  [[nodiscard]] Result<std::uint64_t> number(std::string_view flag, std::uint64_t min, std::uint64_t max,
                                             std::uint64_t otherwise) const;
};

/// `words` without the program's name. Every rejection is a usage error whose one line names the flag, variable or key
/// and says what to do.
[[nodiscard]] Result<Arguments> parse_arguments(const Program& program, const std::vector<std::string>& words,
                                                const Environment& environment = {}, const ConfigValues& config = {});

}  // namespace stp::console
