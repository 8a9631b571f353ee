#include "sim/cli/arguments.h"

#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>
#include <algorithm>
#include <charconv>

#include "core/text.h"
#include "sim/runner/json_text.h"
#include "sim/scenario/document.h"

namespace stp::sim {
namespace {

Error usage(std::string message) {
  return {ErrorKind::usage, std::move(message)};
}

Error unknown_flag(const CommandSpec& spec, const std::string& word) {
  const std::string name = word.substr(0, word.find('='));
  std::vector<std::string> known = {"--help"};
  for (const Flag& flag : spec.flags) known.push_back("--" + std::string(flag.name));
  const std::string meant = nearest(name, known);
  return usage(std::string(spec.name) + ": unknown flag " + shown(name) +
               (meant.empty() ? "; `stp-sim " + std::string(spec.name) + " --help` lists what there is"
                              : "; did you mean " + meant + "?"));
}

Error lacks_value(const Flag& flag) {
  return usage("--" + std::string(flag.name) + " needs a value: --" + flag.name + " " + flag.metavar);
}

/// Words after the command.
Result<Invocation> take_apart(const CommandSpec& spec, std::vector<std::string> words) {
  CLI::App app;
  app.set_help_flag();
  app.allow_extras();  // operands, and what is to be told as a typo
  const CLI::Option* help = app.add_flag("-h,--help");
  const CLI::Option* version = app.add_flag("-V,--version");
  std::vector<std::pair<const Flag*, CLI::Option*>> options;
  for (const Flag& flag : spec.flags) {
    const std::string name = "--" + std::string(flag.name);
    CLI::Option* option = flag.metavar != nullptr ? app.add_option(name) : app.add_flag(name);
    option->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
    options.emplace_back(&flag, option);
  }
  for (const std::string& word : words) {  // CLI11 takes "--flag=" for "--flag" and would swallow the next word
    if (word == "--") break;
    if (word.starts_with("--") && word.ends_with('=')) return usage(shown(word) + " lacks its value");
  }
  try {
    std::ranges::reverse(words);  // as App::parse(vector) wants them
    app.parse(std::move(words));
  } catch (const CLI::ArgumentMismatch& error) {
    for (const auto& [flag, option] : options) {
      if (std::string_view(error.what()).find(option->get_name()) != std::string_view::npos) return lacks_value(*flag);
    }
    return usage(shown(error.what()));
  } catch (const CLI::Error& error) {
    return usage(shown(error.what()));
  }

  Invocation invocation;
  invocation.command = spec.command;
  if (help->count() > 0) invocation.kind = Invocation::Kind::help;
  if (version->count() > 0) invocation.kind = Invocation::Kind::version;
  if (invocation.kind != Invocation::Kind::run) return invocation;
  for (const auto& [flag, option] : options) {
    if (option->count() == 0) continue;
    for (const std::string& value : option->results()) {
      if (flag->metavar != nullptr && value.starts_with("--")) return lacks_value(*flag);
      if (flag->metavar == nullptr && value != "true") {
        return usage("--" + std::string(flag->name) + " takes no value; leave '=" + shown(value) + "' out");
      }
    }
    if (flag->metavar != nullptr && !flag->repeatable && option->count() > 1) {
      return usage("--" + std::string(flag->name) + " was given more than once; give it once");
    }
    invocation.flags[flag->name] = option->results();
  }
  bool only_operands = false;
  for (const std::string& word : app.remaining()) {
    if (!only_operands && word == "--") {
      only_operands = true;
    } else if (!only_operands && word.size() > 1 && word.front() == '-') {
      return unknown_flag(spec, word);
    } else {
      invocation.operands.push_back(word);
    }
  }
  return invocation;
}

Status check_operands(const CommandSpec& spec, const std::vector<std::string>& operands) {
  const std::string form = std::string("stp-sim ") + spec.name + " " + spec.operands;
  if (operands.size() < spec.operands_min) return usage(std::string(spec.name) + ": write `" + form + "`");
  if (operands.size() > spec.operands_max) {
    return usage(std::string(spec.name) + ": '" + shown(operands[spec.operands_max]) +
                 "' is one word too many; write `" + form + "`");
  }
  for (const std::string& operand : operands) {
    if (operand.empty()) return usage(std::string(spec.name) + ": an operand is empty; write `" + form + "`");
  }
  return Done{};
}

}  // namespace

std::optional<std::string> Invocation::text(std::string_view flag) const {
  const auto found = flags.find(flag);
  if (found == flags.end()) return std::nullopt;
  return found->second.front();
}

std::vector<std::string> Invocation::texts(std::string_view flag) const {
  const auto found = flags.find(flag);
  return found == flags.end() ? std::vector<std::string>{} : found->second;
}

Result<std::uint64_t> Invocation::number(std::string_view flag, std::uint64_t min, std::uint64_t max,
                                         std::uint64_t otherwise) const {
  const std::optional<std::string> given = text(flag);
  if (!given) return otherwise;
  std::uint64_t value = 0;
  const auto [end, error] = std::from_chars(given->data(), given->data() + given->size(), value);
  if (error != std::errc{} || end != given->data() + given->size() || value < min || value > max) {
    return usage("--" + std::string(flag) + ": '" + shown(*given) + "' is not a whole number from " +
                 std::to_string(min) + " to " + std::to_string(max));
  }
  return value;
}

Result<Invocation> parse_arguments(const std::vector<std::string>& arguments) {
  if (arguments.empty()) {
    return usage("no command given; write e.g. `stp-sim run flash-crowd`, or see `stp-sim --help`");
  }
  const std::string& first = arguments.front();
  Invocation invocation;
  if (first == "--help" || first == "-h" || first == "help") {
    invocation.kind = Invocation::Kind::help;
    if (arguments.size() > 1) {
      if (const CommandSpec* spec = find_command(arguments[1])) invocation.command = spec->command;
    }
    return invocation;
  }
  if (first == "--version" || first == "-V") {
    invocation.kind = Invocation::Kind::version;
    return invocation;
  }
  const CommandSpec* spec = find_command(first);
  if (spec == nullptr) {
    if (first.starts_with('-')) {
      return usage(shown(first) + " must stand after the command, e.g. `stp-sim run flash-crowd " + shown(first) + "`");
    }
    std::vector<std::string> known;
    for (const CommandSpec& row : command_table()) known.emplace_back(row.name);
    const std::string meant = nearest(first, known);
    return usage("unknown command '" + shown(first) + "'" +
                 (meant.empty() ? "; `stp-sim --help` lists what there is" : "; did you mean '" + meant + "'?"));
  }
  Result<Invocation> taken = take_apart(*spec, {arguments.begin() + 1, arguments.end()});
  if (!taken || taken->kind != Invocation::Kind::run) return taken;
  if (Status s = check_operands(*spec, taken->operands); !s) return s.error();
  return taken;
}

}  // namespace stp::sim
