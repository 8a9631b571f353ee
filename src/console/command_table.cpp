#include "console/command_table.h"

#include <algorithm>
#include <iterator>

namespace stp::console {

Completes completes(std::string_view words) {
  if (words == kDirectoryWord) return Completes::directories;
  const bool files = std::any_of(std::begin(kFileWords), std::end(kFileWords),
                                 [&](std::string_view word) { return words.find(word) != std::string_view::npos; });
  return files ? Completes::files : Completes::nothing;
}

std::size_t command_at(const Program& program, std::string_view name) {
  const auto found =
      std::find_if(program.commands.begin(), program.commands.end(), [&](const Command& c) { return c.name == name; });
  return static_cast<std::size_t>(found - program.commands.begin());
}

const Flag* find_flag(const Program& program, std::string_view name, std::size_t command) {
  const auto found = std::find_if(program.flags.begin(), program.flags.end(),
                                  [&](const Flag& flag) { return flag.name == name && belongs_to(flag, command); });
  return found == program.flags.end() ? nullptr : &*found;
}

const Flag* find_flag(const Program& program, std::string_view name) {
  const auto found =
      std::find_if(program.flags.begin(), program.flags.end(), [&](const Flag& flag) { return flag.name == name; });
  return found == program.flags.end() ? nullptr : &*found;
}

std::string owners_of(const Program& program, std::string_view name) {
  std::string owners;
  for (std::size_t i = 0; i < program.commands.size(); ++i) {
    if (find_flag(program, name, i) == nullptr) continue;
    owners += (owners.empty() ? "" : ", ") + std::string(program.name) + " " + program.commands[i].name;
  }
  return owners;
}

std::string environment_name(const Program& program, const Flag& flag) {
  std::string name = program.variables;
  for (const char c : std::string_view(flag.name)) name += c == '-' ? '_' : static_cast<char>(c - 'a' + 'A');
  return name;
}

}  // namespace stp::console
