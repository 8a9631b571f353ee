#include "console/arguments.h"

#include <unistd.h>

#include <algorithm>

#include "console/cli11.h"
#include "core/digits.h"
#include "core/shown_text.h"
#include "core/text.h"
#include "core/units.h"

namespace stp::console {
namespace {

using Words = std::vector<std::string>;

Error usage(std::string message) {
  return {ErrorKind::usage, std::move(message)};
}

std::string command_line(const Program& program, const Command& command) {
  return std::string(program.name) + " " + command.name;
}

// CLI11 ends a command at "++", which may be a file. No argument of a process contains a NUL.
std::string guarded(std::string word) {
  if (word == "++") word += '\0';
  return word;
}

std::string unguarded(std::string word) {
  if (!word.empty() && word.back() == '\0') word.pop_back();
  return word;
}

/// "unknown flag --trakcer; did you mean --tracker?"
Error unknown_flag(const Program& program, std::size_t command, const std::string& word) {
  const std::string name = word.substr(0, word.find('='));
  const Command& row = program.commands[command];
  const std::string of_command = std::string(row.name) + ": ";
  if (name.starts_with("--")) {
    const std::string owners = owners_of(program, name.substr(2));
    if (!owners.empty()) return usage(of_command + name + " does not belong here; it is a flag of " + owners);
  }
  Words known = {"--help", "--version"};
  for (const Flag& flag : program.flags) {
    if (belongs_to(flag, command)) known.push_back("--" + std::string(flag.name));
  }
  const std::string meant = nearest(name, known);
  return usage(of_command + "unknown flag " + one_line(name) +
               (meant.empty() ? "; `" + command_line(program, row) + " --help` lists what there is"
                              : "; did you mean " + meant + "?"));
}

/// A word in the place of a command that is not one.
Error no_command(const Program& program, const std::string& word) {
  if (word.starts_with('-')) {
    return usage(one_line(word) + " must come after the command, e.g. `" + program.misplaced + " " + one_line(word) +
                 "`");
  }
  Words known;
  for (const Command& row : program.commands) known.emplace_back(row.name);
  const std::string meant = nearest(word, known);
  return usage("unknown command '" + one_line(word) + "'" +
               (meant.empty() ? "; `" + std::string(program.name) + " --help` lists what there is"
                              : "; did you mean '" + meant + "'?"));
}

Error lacks_value(const Flag& flag) {
  return usage("--" + std::string(flag.name) + " needs a value: --" + flag.name + " " + flag.metavar);
}

/// CLI11's error about a flag at the end of the line, in our words.
Error mismatch(const Program& program, std::size_t command, const std::string& what) {
  const Flag* longest = nullptr;  // "--seeds", not "--seed"
  for (const Flag& flag : program.flags) {
    if (!belongs_to(flag, command) || what.find("--" + std::string(flag.name)) == std::string::npos) continue;
    if (longest == nullptr || std::string_view(flag.name).size() > std::string_view(longest->name).size()) {
      longest = &flag;
    }
  }
  return longest != nullptr ? lacks_value(*longest) : usage(one_line(what));
}

/// The values of the flags of `app`; yes-or-no words as "true" and "false".
Result<GivenByName> flags_of(const Program& program, std::size_t command, const CLI::App& app) {
  GivenByName given;
  for (const Flag& flag : program.flags) {
    if (!belongs_to(flag, command)) continue;
    const CLI::Option* option = app.get_option("--" + std::string(flag.name));
    if (option->count() == 0) continue;
    Given& here = given[flag.name];
    here = {Level::flag, "--" + std::string(flag.name), {}};
    for (const std::string& value : option->results()) {
      if (value.starts_with("--")) return lacks_value(flag);  // the next flag, taken for a value
      here.values.push_back(unguarded(value));
    }
  }
  return given;
}

/// The values of a variable; lists are separated by commas, spaces or newlines.
Words split_variable(const Flag& flag, const std::string& text) {
  if (flag.shape != Shape::list) return {text};
  Words values(1);
  for (const char c : text) {
    if (c == ',' || c == ' ' || c == '\n' || c == '\t') {
      if (!values.back().empty()) values.emplace_back();
    } else {
      values.back() += c;
    }
  }
  if (values.back().empty()) values.pop_back();
  return values;
}

std::optional<Given> of_config(const Program& program, std::size_t command, const Flag& flag,
                               const ConfigValues& config) {
  const std::string own = program.commands[command].name;
  for (const std::string& section : {own, std::string()}) {
    const auto values = config.find(section);
    if (values == config.end()) continue;
    const auto found = values->second.find(flag.name);
    if (found == values->second.end()) continue;
    return Given{Level::config, "config.json: " + (section.empty() ? "" : section + ".") + found->first, found->second};
  }
  return std::nullopt;
}

/// For each flag of the command that is not in `given`: the environment, otherwise the configuration.
void add_weaker(const Program& program, std::size_t command, const Environment& environment, const ConfigValues& config,
                GivenByName& given) {
  if (*program.variables == '\0') return;
  for (const Flag& flag : program.flags) {
    if (!belongs_to(flag, command) || given.contains(flag.name)) continue;
    const std::string name = environment_name(program, flag);
    const std::optional<std::string> value = variable(environment, name);
    if (value && !value->empty()) {
      given[flag.name] = {Level::environment, name, split_variable(flag, *value)};
    } else if (std::optional<Given> configured = of_config(program, command, flag, config)) {
      given[flag.name] = *std::move(configured);
    }
  }
}

/// Variables that look like settings but are not.
Words unknown_variables(const Program& program, const Environment& environment) {
  Words warnings;
  if (*program.variables == '\0') return warnings;
  Words known;
  for (const Flag& flag : program.flags) known.push_back(environment_name(program, flag));
  for (const auto& [name, value] : environment) {
    if (!name.starts_with(program.variables)) continue;
    if (std::find(known.begin(), known.end(), name) != known.end()) continue;
    const std::string meant = nearest(name, known);
    warnings.push_back("the variable " + one_line(name) + " is not a setting and is ignored" +
                       (meant.empty() ? "" : "; did you mean " + meant + "?"));
  }
  return warnings;
}

/// Turns yes-or-no words into "true" or "false"; fails if a flag that can't be repeated was given different values.
Status check_values(const Program& program, std::size_t command, GivenByName& given) {
  for (auto& [name, source] : given) {
    const Flag& flag = *find_flag(program, name, command);
    for (std::string& value : source.values) {
      if (flag.shape != Shape::flag) continue;
      const Result<bool> on = parse_bool(value);
      if (!on) return usage(source.label + ": " + on.error().message);
      value = *on ? "true" : "false";
    }
    if (flag.shape == Shape::list) continue;
    if (std::adjacent_find(source.values.begin(), source.values.end(), std::not_equal_to{}) != source.values.end()) {
      return usage(source.label + " was given more than once; give it once");
    }
  }
  return Done{};
}

Status check_operands(const Program& program, const Command& command, const Words& operands) {
  const std::string name = command.name;
  const std::string form = command_line(program, command) + (*command.operands != '\0' ? " " : "") + command.operands;
  if (operands.size() < command.operands_min) return usage(name + ": " + command.missing);
  if (operands.size() > command.operands_max) {
    return usage(name + ": '" + one_line(operands[command.operands_max]) + "' is one word too many; write `" + form +
                 "`");
  }
  if (std::find(operands.begin(), operands.end(), std::string()) != operands.end()) {
    return usage(name + ": an operand is empty; write `" + form + "`");
  }
  return Done{};
}

/// `small completion SHELL`, after the name of the command.
Result<Arguments> completion_of(const Program& program, const Words& rest) {
  const std::string form = "`" + std::string(program.name) + " " + kCompletionCommand + " bash`, zsh or fish";
  if (rest.size() != 1) return usage("write " + form);
  const std::optional<Shell> shell = shell_named(rest.front());
  if (!shell) return usage("there are no completions for '" + one_line(rest.front()) + "'; write " + form);
  Arguments out;
  out.kind = Arguments::Kind::completion;
  out.shell = *shell;
  return out;
}

/// `small man [COMMAND]` and `small man --list`.
Result<Arguments> manual_of(const Program& program, const Words& rest) {
  Arguments out;
  out.kind = Arguments::Kind::manual;
  if (rest.empty()) return out;
  if (rest == Words{"--list"}) {
    out.kind = Arguments::Kind::manual_names;
    return out;
  }
  const std::size_t command = command_at(program, rest.front());
  if (rest.size() > 1 || command == program.commands.size()) {
    return usage("write `" + std::string(program.name) + " " + kManualCommand + " COMMAND`; `" + program.name +
                 " --help` lists the commands");
  }
  out.command = command;
  return out;
}

/// What the words mean by themselves.
Result<Arguments> take_apart(const Program& program, const Words& words) {
  // After "--" CLI11 would give the words to the program instead of the command.
  const auto mark = std::find(words.begin(), words.end(), "--");
  Words head(words.begin(), mark);
  for (std::string& word : head) {
    // CLI11 takes "--flag=" for "--flag" and would swallow the next word.
    if (word.starts_with("--") && word.ends_with('=')) {
      return usage(one_line(word) + " lacks its value; leave the flag out or write one after the '='");
    }
    word = guarded(std::move(word));
  }
  if (head.empty()) {
    return usage("no command given; write e.g. " + std::string(program.first_steps) + ", or see `" + program.name +
                 " --help`");
  }
  const std::unique_ptr<CLI::App> app = make_app(program);
  const auto chosen = [&]() -> const CLI::App* {
    const std::vector<CLI::App*> all = app->get_subcommands();
    return all.empty() ? nullptr : all.front();
  };
  try {
    std::reverse(head.begin(), head.end());  // the order that App::parse(vector) expects
    app->parse(std::move(head));
  } catch (const CLI::ArgumentMismatch& error) {
    const std::size_t command = chosen() != nullptr ? command_at(program, chosen()->get_name()) : 0;
    return mismatch(program, command, error.what());
  } catch (const CLI::Error& error) {
    return usage(one_line(error.what()));
  }
  const CLI::App* command = chosen();
  const auto asked = [&](const char* flag) {
    return app->get_option(flag)->count() > 0 || (command != nullptr && command->get_option(flag)->count() > 0);
  };
  Arguments out;
  Words rest = command != nullptr ? command->remaining() : Words();
  const std::size_t at = command != nullptr ? command_at(program, command->get_name()) : program.commands.size();
  if (at < program.commands.size()) out.command = at;
  if (command != nullptr && command->get_name() == kHelpCommand) {
    out.kind = Arguments::Kind::help;
    const std::size_t topic = rest.empty() ? program.commands.size() : command_at(program, rest.front());
    if (topic < program.commands.size()) out.command = topic;
    return out;
  }
  if (asked("--help") || asked("--version")) {
    out.kind = asked("--help") ? Arguments::Kind::help : Arguments::Kind::version;
    return out;
  }
  if (const Words before = app->remaining(); !before.empty()) return no_command(program, before.front());
  if (command->get_name() == kCompletionCommand) return completion_of(program, rest);
  if (command->get_name() == kManualCommand) return manual_of(program, rest);
  for (std::string& word : rest) {
    if (word.size() > 1 && word.front() == '-') return unknown_flag(program, at, word);
    out.operands.push_back(unguarded(std::move(word)));
  }
  if (mark != words.end()) out.operands.insert(out.operands.end(), mark + 1, words.end());
  Result<GivenByName> given = flags_of(program, at, *command);
  if (!given) return given.error();
  out.given = *std::move(given);
  return out;
}

}  // namespace

Environment environment_of_process() {
  Environment environment;
  for (char** entry = ::environ; entry != nullptr && *entry != nullptr; ++entry) {
    const std::string_view text = *entry;
    const std::size_t mark = text.find('=');
    if (mark != std::string_view::npos) environment.emplace(text.substr(0, mark), text.substr(mark + 1));
  }
  return environment;
}

std::optional<std::string> variable(const Environment& environment, std::string_view name) {
  const auto found = environment.find(name);
  if (found == environment.end()) return std::nullopt;
  return found->second;
}

bool Arguments::has(std::string_view flag) const {
  const auto found = given.find(flag);
  return found != given.end() && !found->second.values.empty() && found->second.values.back() != "false";
}

std::optional<std::string> Arguments::text(std::string_view flag) const {
  const auto found = given.find(flag);
  if (found == given.end() || found->second.values.empty()) return std::nullopt;
  return found->second.values.front();
}

std::vector<std::string> Arguments::texts(std::string_view flag) const {
  const auto found = given.find(flag);
  return found == given.end() ? std::vector<std::string>{} : found->second.values;
}

Result<std::uint64_t> Arguments::number(std::string_view flag, std::uint64_t min, std::uint64_t max,
                                        std::uint64_t otherwise) const {
  const std::optional<std::string> text = this->text(flag);
  if (!text) return otherwise;
  const std::optional<std::uint64_t> value = parse_digits<std::uint64_t>(*text);
  if (!value || *value < min || *value > max) {
    return usage(given.find(flag)->second.label + ": '" + one_line(*text) + "' is not a whole number from " +
                 std::to_string(min) + " to " + std::to_string(max));
  }
  return *value;
}

Result<Arguments> parse_arguments(const Program& program, const Words& words, const Environment& environment,
                                  const ConfigValues& config) {
  Result<Arguments> arguments = take_apart(program, words);
  if (!arguments || arguments->kind != Arguments::Kind::run) return arguments;
  const std::size_t command = *arguments->command;
  add_weaker(program, command, environment, config, arguments->given);
  if (Status s = check_values(program, command, arguments->given); !s) return s.error();
  if (Status s = check_operands(program, program.commands[command], arguments->operands); !s) return s.error();
  arguments->warnings = unknown_variables(program, environment);
  return arguments;
}

}  // namespace stp::console
