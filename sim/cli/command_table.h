// What commands `stp-sim` has and what flags each takes: one table for parsing, help and the nearest name of a typo.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

namespace stp::sim {

enum class Command : std::uint8_t { run, sweep, fuzz, presets, settings, check };

struct Flag {
  const char* name;     // without the dashes
  const char* metavar;  // null: a switch
  const char* help;
  bool repeatable = false;
};

struct CommandSpec {
  Command command;
  const char* name;
  const char* operands;  // as in the usage line
  std::size_t operands_min;
  std::size_t operands_max;
  const char* summary;
  const char* description;
  const char* examples;
  std::span<const Flag> flags;
};

[[nodiscard]] std::span<const CommandSpec> command_table();
[[nodiscard]] const CommandSpec& spec_of(Command command);
/// Null when there is none.
[[nodiscard]] const CommandSpec* find_command(std::string_view name);

}  // namespace stp::sim
