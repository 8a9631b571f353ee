#include "console/config.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <optional>

#include "content/small_file.h"
#include "core/shown_text.h"
#include "core/text.h"

namespace stp::console {
namespace {

using nlohmann::json;

Error wrong(std::string message) {
  return {ErrorKind::usage, std::move(message)};
}

/// `command`: whose section contains the key; commands.size(): none.
Error unknown_key(const Program& program, const std::string& key, std::size_t command) {
  const bool in_section = command < program.commands.size();
  const std::string quoted = "\"" + one_line(key) + "\"";
  if (in_section && find_flag(program, key) != nullptr) {
    return wrong(quoted + " does not belong in \"" + program.commands[command].name + "\"; it is a setting of " +
                 owners_of(program, key));
  }
  std::vector<std::string> names;
  for (const Flag& flag : program.flags) {
    if (!in_section || belongs_to(flag, command)) names.emplace_back(flag.name);
  }
  for (const Command& row : program.commands) {
    if (!in_section) names.emplace_back(row.name);
  }
  const std::string meant = nearest(key, names);
  return wrong("unknown key " + quoted +
               (meant.empty() ? "; the keys are commands and long flags (`" + std::string(program.name) +
                                    " COMMAND --help`), without dashes"
                              : "; did you mean \"" + meant + "\"?"));
}

/// `value` as text, if its type is right.
std::optional<std::string> text_of(const Flag& flag, const json& value) {
  const bool may_be_left_out = flag.shape == Shape::optional_value;
  if (value.is_boolean() && (flag.shape == Shape::flag || may_be_left_out)) return value.dump();
  if (value.is_number() && (flag.shape == Shape::number || may_be_left_out)) return value.dump();
  if (value.is_string() && flag.shape != Shape::flag) return value.get<std::string>();
  return std::nullopt;
}

const char* wanted_type(const Flag& flag) {
  switch (flag.shape) {
    case Shape::flag: return "true or false";
    case Shape::optional_value: return "true, false, a string or a number";
    case Shape::list: return "a string or a list of strings";
    case Shape::value: return "a string";
    case Shape::number: return "a string or a number";
  }
  return "";
}

/// The values of one key, or what is wrong with them.
Result<std::vector<std::string>> values_of(const Flag& flag, const json& value) {
  std::vector<std::string> values;
  const bool list = value.is_array() && flag.shape == Shape::list;
  for (const json& item : list ? value : json::array({value})) {
    const std::optional<std::string> text = text_of(flag, item);
    if (!text) {
      return Error{ErrorKind::usage, "\"" + std::string(flag.name) + "\" must be " + wanted_type(flag)};
    }
    values.push_back(*text);
  }
  return values;
}

/// The keys of one object; `command` as for unknown_key(). Sections are left out.
Result<ConfigSection> read_section(const Program& program, const json& object, std::size_t command) {
  ConfigSection section;
  for (const auto& [key, value] : object.items()) {
    const bool in_section = command < program.commands.size();
    if (!in_section && value.is_object() && command_at(program, key) < program.commands.size()) continue;
    const Flag* flag = in_section ? find_flag(program, key, command) : find_flag(program, key);
    if (flag == nullptr) return unknown_key(program, key, command);
    Result<std::vector<std::string>> values = values_of(*flag, value);
    if (!values) return values.error();
    section.emplace(key, *std::move(values));
  }
  return section;
}

/// The whole file.
Result<ConfigValues> read_all(const Program& program, const json& document) {
  ConfigValues config;
  Result<ConfigSection> shared = read_section(program, document, program.commands.size());
  if (!shared) return shared.error();
  config[""] = *std::move(shared);
  for (const auto& [key, value] : document.items()) {
    const std::size_t command = command_at(program, key);
    if (!value.is_object() || command >= program.commands.size()) continue;
    Result<ConfigSection> section = read_section(program, value, command);
    if (!section) return wrong("in \"" + key + "\": " + section.error().message);
    config[key] = *std::move(section);
  }
  return config;
}

}  // namespace

Result<ConfigValues> parse_config(const Program& program, std::string_view text, const std::string& where) {
  json document;
  try {
    document = json::parse(text);
  } catch (const json::parse_error& error) {
    const std::string_view read = text.substr(0, error.byte == 0 ? 0 : error.byte - 1);
    const auto line = 1 + std::count(read.begin(), read.end(), '\n');
    return wrong(where + ": line " + std::to_string(line) + " is not JSON; correct or remove the file");
  }
  if (!document.is_object()) {
    return wrong(where + ": must hold one JSON object, e.g. {\"up-limit\": \"2MB/s\"}");
  }
  Result<ConfigValues> config = read_all(program, document);
  if (!config) return wrong(where + ": " + config.error().message);
  return config;
}

Result<ConfigValues> load_config(const Program& program, const std::filesystem::path& file) {
  const Result<std::string> text = content::read_small_file(file, kConfigBytesMax);
  if (!text) {
    if (text.error().kind == ErrorKind::not_found) return ConfigValues{};
    return text.error();
  }
  return parse_config(program, *text, file.string());
}

}  // namespace stp::console
