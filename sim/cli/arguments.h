// The command line, taken apart by CLI11 after the table of commands.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "core/result.h"
#include "sim/cli/command_table.h"

namespace stp::sim {

class Invocation {
 public:
  enum class Kind : std::uint8_t { run, help, version };
  Kind kind = Kind::run;
  std::optional<Command> command;  // always with run; help of one command
  std::vector<std::string> operands;
  std::map<std::string, std::vector<std::string>, std::less<>> flags;  // those given, without dashes

  [[nodiscard]] bool has(std::string_view flag) const { return flags.find(flag) != flags.end(); }
  /// The value of a flag that is not repeatable.
  [[nodiscard]] std::optional<std::string> text(std::string_view flag) const;
  [[nodiscard]] std::vector<std::string> texts(std::string_view flag) const;
  /// A whole number of `min` … `max`, `otherwise` when the flag is not given; the error names the flag.
  [[nodiscard]] Result<std::uint64_t> number(std::string_view flag, std::uint64_t min, std::uint64_t max,
                                             std::uint64_t otherwise) const;
};

/// `arguments` without the program's name. Every refusal is a usage error of one line that names the word and says what
/// would be right.
[[nodiscard]] Result<Invocation> parse_arguments(const std::vector<std::string>& arguments);

}  // namespace stp::sim
