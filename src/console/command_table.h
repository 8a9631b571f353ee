// The one table of a program's commands and flags. Parsing (arguments.h), the configuration (config.h), the help texts
// (help.h), the completions of shells (completion.h) and the manual pages (manual.h) all read it, and nothing else knows
// a flag's name.
//
// A command is identified by its index in the table; each program has an enum in the same order.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace stp::console {

enum class Shape : std::uint8_t {
  flag,            // --json
  optional_value,  // --seed, --seed=2
  value,           // --listen ADDR:PORT; given twice is an error
  number,          // --timeout TIME: a value that config.json may have without quotes
  list             // --tracker URL, repeatable
};

struct Flag {
  const char* name;  // "up-limit"; --up-limit, STP_UP_LIMIT, "up-limit" in config.json
  char letter;       // 'o' for -o, or '\0'
  Shape shape;
  const char* metavar;       // "RATE", or "" for a flag; kFileWords and kDirectoryWord are completed as such
  const char* help;          // one or a few sentences
  std::uint32_t commands;    // bit_of() each command that has it; rows of the same name have no command in common
  const char* choices = "";  // "allow require": the words that a value can be, as far as there is a list of them
};

struct Command {
  const char* name;
  const char* operands;  // as in the usage line: "TARGET PATH"; completed like a flag's metavar
  std::size_t operands_min;
  std::size_t operands_max;
  const char* missing;         // the message if there are fewer, without the command's name
  const char* summary;         // half a line
  const char* description;     // paragraphs, separated by "\n\n"; wrapped when shown
  const char* examples;        // lines, shown as they are
  const char* listed_by = "";  // the command that prints what an operand can be: the first word of each line
};

/// Metavars and operands that are files, maybe besides other things, and the one that is a directory.
inline constexpr std::string_view kFileWords[] = {"FILE", "PATH", "TARGET", "SCENARIO", "SWEEP.json"};
inline constexpr std::string_view kDirectoryWord = "DIR";

inline constexpr std::size_t kAnyNumber = SIZE_MAX;

struct Program {
  const char* name;   // "stp"
  const char* about;  // paragraphs of the overview
  std::span<const Command> commands;
  std::span<const Flag> flags;
  const char* variables;    // "STP_": each flag has a variable and a key in config.json; "": it has neither
  const char* first_steps;  // in the message that no command was given: "`stp share FILE` or `stp get LINK`"
  const char* misplaced;    // example in the message about a flag before the command: "stp share FILE"
  const char* examples;     // of the overview; lines
  const char* ending;       // of every help text: exit codes and the like; lines
};

[[nodiscard]] constexpr std::uint32_t bit_of(std::size_t command) {
  return std::uint32_t{1} << command;
}

[[nodiscard]] constexpr bool belongs_to(const Flag& flag, std::size_t command) {
  return (flag.commands & bit_of(command)) != 0;
}

[[nodiscard]] constexpr bool takes_word(const Flag& flag) {
  return flag.shape == Shape::value || flag.shape == Shape::number || flag.shape == Shape::list;
}

enum class Completes : std::uint8_t { nothing, files, directories };

/// What a shell offers where the usage says `words`: "DIR", "TARGET PATH", "[NAME]".
[[nodiscard]] Completes completes(std::string_view words);

/// The index of the command `name`; commands.size() if there is none.
[[nodiscard]] std::size_t command_at(const Program& program, std::string_view name);

/// The flag `name` (without dashes) of a command; null if it has none.
[[nodiscard]] const Flag* find_flag(const Program& program, std::string_view name, std::size_t command);
/// The first one of any command.
[[nodiscard]] const Flag* find_flag(const Program& program, std::string_view name);

/// "stp share, stp get": the commands that have a flag called `name`.
[[nodiscard]] std::string owners_of(const Program& program, std::string_view name);

/// "STP_UP_LIMIT".
[[nodiscard]] std::string environment_name(const Program& program, const Flag& flag);

}  // namespace stp::console
