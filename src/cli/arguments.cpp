#include "cli/arguments.h"

#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>
#include <algorithm>
#include <array>
#include <map>

#include "cli/format.h"
#include "cli/settings.h"
#include "core/shown_text.h"
#include "core/text.h"

namespace stp::cli {
namespace {

struct CommandName {
  Command command;
  const char* name;
};
constexpr std::array<CommandName, 6> kCommands = {{{Command::share, "share"},
                                                   {Command::get, "get"},
                                                   {Command::tracker, "tracker"},
                                                   {Command::node, "node"},
                                                   {Command::info, "info"},
                                                   {Command::verify, "verify"}}};

Error usage(std::string message) {
  return {ErrorKind::usage, std::move(message)};
}

/// Where a value came from; the larger wins.
enum class Level : std::uint8_t { config, environment, flag };

struct Given {
  Level level = Level::config;
  std::string label;  // "--tracker", "STP_TRACKER", "config.json: tracker"
  std::vector<std::string> values;
};
using GivenByName = std::map<std::string, Given, std::less<>>;

/// The values of a variable; lists are separated by commas, spaces or newlines.
std::vector<std::string> split_variable(const Setting& setting, const std::string& text) {
  if (setting.shape != Shape::list) return {text};
  std::vector<std::string> values(1);
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

/// "unknown flag --trakcer; did you mean --tracker?"
Error unknown_flag(Command command, const std::string& flag) {
  const std::string name = flag.substr(0, flag.find('='));
  const std::string of_command = std::string(name_of(command)) + ": unknown flag " + one_line(name);
  const Setting* elsewhere = name.rfind("--", 0) == 0 ? find_setting(name.substr(2)) : nullptr;
  if (elsewhere != nullptr) {
    std::string owners;
    for (const CommandName& row : kCommands) {
      if (belongs_to(*elsewhere, row.command)) owners += (owners.empty() ? "" : ", ") + std::string("stp ") + row.name;
    }
    return usage(std::string(name_of(command)) + ": " + name + " does not belong here; it is a flag of " + owners);
  }
  std::vector<std::string> known = {"--help", "--version"};
  for (const Setting& setting : settings()) {
    if (belongs_to(setting, command)) known.push_back("--" + std::string(setting.name));
  }
  const std::string meant = nearest(name, known);
  return usage(of_command + (meant.empty() ? "; `stp " + std::string(name_of(command)) + " --help` lists what there is"
                                           : "; did you mean " + meant + "?"));
}

Error lacks_value(const std::string& name) {
  return usage("--" + name + " needs a value: --" + name + " " + find_setting(name)->metavar);
}

struct TakenApart {
  bool help = false;
  bool version = false;
  GivenByName flags;
  std::vector<std::string> operands;
};

/// Runs CLI11 over the words after the command.
Result<TakenApart> take_apart(Command command, std::vector<std::string> words) {
  CLI::App app;
  app.set_help_flag();
  app.allow_extras();  // operands arrive as "remaining"
  const CLI::Option* help = app.add_flag("-h,--help");
  const CLI::Option* version = app.add_flag("-V,--version");
  std::map<std::string, CLI::Option*> options;
  for (const Setting& setting : settings()) {
    if (!belongs_to(setting, command)) continue;
    std::string names = "--" + std::string(setting.name);
    if (setting.letter != '\0') names = std::string("-") + setting.letter + "," + names;
    const bool takes_word =
        setting.shape == Shape::value || setting.shape == Shape::number || setting.shape == Shape::list;
    CLI::Option* option = takes_word ? app.add_option(names) : app.add_flag(names);
    option->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
    options[setting.name] = option;
  }
  // CLI11 takes "--flag=" for "--flag" and would swallow the next word.
  for (const std::string& word : words) {
    if (word == "--") break;
    if (word.rfind("--", 0) == 0 && word.back() == '=') {
      return usage(one_line(word) + " lacks its value; leave the flag out or write one after the '='");
    }
  }
  try {
    std::reverse(words.begin(), words.end());  // as App::parse(vector) wants them
    app.parse(std::move(words));
  } catch (const CLI::ArgumentMismatch& error) {
    for (const auto& [name, option] : options) {
      if (std::string_view(error.what()).find(option->get_name()) != std::string_view::npos) {
        return lacks_value(name);
      }
    }
    return usage(one_line(error.what()));
  } catch (const CLI::Error& error) {
    return usage(one_line(error.what()));
  }

  TakenApart out;
  out.help = help->count() > 0;
  out.version = version->count() > 0;
  for (const auto& [name, option] : options) {
    if (option->count() == 0) continue;
    for (const std::string& value : option->results()) {
      if (value.rfind("--", 0) == 0) return lacks_value(name);  // the next flag, taken for a value
    }
    out.flags[name] = {Level::flag, "--" + name, option->results()};
  }
  bool only_operands = false;
  for (const std::string& word : app.remaining()) {
    if (!only_operands && word == "--") {
      only_operands = true;
    } else if (!only_operands && word.size() > 1 && word.front() == '-') {
      if (!out.help) return unknown_flag(command, word);
    } else {
      out.operands.push_back(word);
    }
  }
  return out;
}

/// Flags, environment and configuration: for each setting of the command the strongest source.
GivenByName strongest(Command command, GivenByName flags, const Environment& environment, const ConfigValues& config) {
  GivenByName given = std::move(flags);
  for (const Setting& setting : settings()) {
    if (!belongs_to(setting, command) || given.count(setting.name) != 0) continue;
    const std::string variable = environment_name(setting);
    const std::optional<std::string> value = environment(variable);
    if (value && !value->empty()) {
      given[setting.name] = {Level::environment, variable, split_variable(setting, *value)};
    } else if (const auto found = config.find(setting.name); found != config.end()) {
      given[setting.name] = {Level::config, "config.json: " + found->first, found->second};
    }
  }
  return given;
}

bool is_on(const GivenByName& given, const char* name) {
  const auto found = given.find(name);
  return found != given.end() && !found->second.values.empty() && found->second.values.back() != "false";
}

/// `--dht` and what contradicts it: the stronger source wins; two of the same strength are a mistake.
Status settle_contradiction(GivenByName& given, const char* other, const char* what_to_do) {
  if (!is_on(given, "dht") || given.count(other) == 0) return Done{};
  if (std::string_view(other) == "no-dht" && !is_on(given, other)) return Done{};
  const Given& a = given.at("dht");
  const Given& b = given.at(other);
  if (a.level == b.level) return usage(a.label + " and " + b.label + " contradict each other; " + what_to_do);
  given.erase(a.level < b.level ? "dht" : other);
  return Done{};
}

Status apply_values(const GivenByName& given, Options& options) {
  for (const Setting& setting : settings()) {
    const auto found = given.find(setting.name);
    if (found == given.end()) continue;
    const Given& source = found->second;
    if (setting.shape != Shape::list && source.values.size() > 1) {
      const bool same = std::all_of(source.values.begin(), source.values.end(),
                                    [&](const std::string& value) { return value == source.values.front(); });
      if (!same) return usage(source.label + " was given more than once; give it once");
    }
    for (std::string value : source.values) {
      // As a flag "--seed" has no value; CLI11 calls that "true".
      if (setting.shape == Shape::flag) {
        if (value == "1" || value == "yes" || value == "on") value = "true";
        if (value == "0" || value == "no" || value == "off") value = "false";
      }
      const Status status = setting.apply(options, value);
      if (!status) return usage(source.label + ": " + status.error().message);
    }
  }
  return Done{};
}

Status check_operands(Command command, const std::vector<std::string>& operands) {
  const std::string name = name_of(command);
  const auto at_most = [&](std::size_t count) -> Status {
    if (operands.size() <= count) return Done{};
    return usage(name + ": '" + one_line(operands[count]) + "' is one word too many; `stp " + name +
                 " --help` shows the form");
  };
  for (const std::string& operand : operands) {
    if (operand.empty()) return usage(name + ": an operand is empty; give a path, link or '-'");
  }
  switch (command) {
    case Command::share:
      if (operands.empty()) return usage("share: no path given; write e.g. `stp share FILE`");
      return Done{};
    case Command::get:
    case Command::info:
      if (operands.empty()) {
        return usage(name + ": no target given; write a link, a .torrent file, or '-' to read the link from stdin");
      }
      return at_most(1);
    case Command::verify:
      if (operands.size() < 2)
        return usage("verify: write `stp verify TARGET PATH`: a link or .torrent file, and the data");
      return at_most(2);
    case Command::tracker:
    case Command::node: return at_most(0);
  }
  return Done{};
}

Status check_together(const Options& options, Command command) {
  if (options.private_share && !options.torrent_file.empty()) {
    return usage("--torrent can't hold the secret of a --private share: nobody could use the file; pass on the link");
  }
  if (command != Command::get) return Done{};
  if (options.chunk && !options.only.empty()) return usage("--chunk and --only exclude each other; give one of them");
  if (options.chunk && options.seed)
    return usage("--chunk fetches into memory and can't --seed; leave one of them out");
  if (options.chunk && options.repair)
    return usage("--chunk fetches into memory and has nothing to --repair; leave one of them out");
  return Done{};
}

}  // namespace

const char* name_of(Command command) {
  for (const CommandName& row : kCommands) {
    if (row.command == command) return row.name;
  }
  return "";
}

std::optional<Command> parse_command(std::string_view word) {
  for (const CommandName& row : kCommands) {
    if (row.name == word) return row.command;
  }
  return std::nullopt;
}

Result<Invocation> parse_arguments(const std::vector<std::string>& arguments, const Environment& environment,
                                   const ConfigValues& config) {
  Invocation invocation;
  if (arguments.empty())
    return usage("no command given; write e.g. `stp share FILE` or `stp get LINK`, or see `stp --help`");
  const std::string& first = arguments.front();
  if (first == "--help" || first == "-h" || first == "help") {
    invocation.kind = Invocation::Kind::help;
    if (arguments.size() > 1) invocation.command = parse_command(arguments[1]);
    return invocation;
  }
  if (first == "--version" || first == "-V") {
    invocation.kind = Invocation::Kind::version;
    return invocation;
  }
  invocation.command = parse_command(first);
  if (!invocation.command) {
    if (first.front() == '-')
      return usage(one_line(first) + " must stand after the command, e.g. `stp share FILE " + first + "`");
    std::vector<std::string> known;
    for (const CommandName& row : kCommands) known.emplace_back(row.name);
    const std::string meant = nearest(first, known);
    return usage("unknown command '" + one_line(first) + "'" +
                 (meant.empty() ? "; `stp --help` lists what there is" : "; did you mean '" + meant + "'?"));
  }
  const Command command = *invocation.command;
  Result<TakenApart> taken = take_apart(command, {arguments.begin() + 1, arguments.end()});
  if (!taken) return taken.error();
  if (taken->help || taken->version) {
    invocation.kind = taken->help ? Invocation::Kind::help : Invocation::Kind::version;
    return invocation;
  }
  GivenByName given = strongest(command, std::move(taken->flags), environment, config);
  if (Status s = settle_contradiction(given, "no-dht", "use one of them"); !s) return s.error();
  if (Status s = settle_contradiction(given, "tracker", "--dht uses no tracker; leave one of them out"); !s)
    return s.error();
  if (Status s = apply_values(given, invocation.options); !s) return s.error();
  invocation.options.operands = std::move(taken->operands);
  if (Status s = check_operands(command, invocation.options.operands); !s) return s.error();
  if (Status s = check_together(invocation.options, command); !s) return s.error();
  return invocation;
}

}  // namespace stp::cli
