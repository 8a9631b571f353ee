#include "cli/config.h"

#include <nlohmann/json.hpp>

#include "cli/format.h"
#include "cli/settings.h"
#include "content/small_file.h"
#include "core/shown_text.h"
#include "core/text.h"

namespace stp::cli {
namespace {

using nlohmann::json;

std::string unknown_key(const std::string& key) {
  std::vector<std::string> names;
  for (const Setting& setting : settings()) names.emplace_back(setting.name);
  const std::string meant = nearest(key, names);
  return "unknown key \"" + one_line(key) + "\"" +
         (meant.empty() ? "; the keys are the long flags of `stp share --help` and `stp get --help`, without dashes"
                        : "; did you mean \"" + meant + "\"?");
}

/// `value` as text, when its type is right.
std::optional<std::string> text_of(const Setting& setting, const json& value) {
  const bool may_be_left_out = setting.shape == Shape::optional_value;
  if (value.is_boolean() && (setting.shape == Shape::flag || may_be_left_out)) return value.dump();
  if (value.is_number() && (setting.shape == Shape::number || may_be_left_out)) return value.dump();
  if (value.is_string() && setting.shape != Shape::flag) return value.get<std::string>();
  return std::nullopt;
}

const char* wanted_type(const Setting& setting) {
  switch (setting.shape) {
    case Shape::flag: return "true or false";
    case Shape::optional_value: return "true, false, a string or a number";
    case Shape::list: return "a string or a list of strings";
    case Shape::value: return "a string";
    case Shape::number: return "a string or a number";
  }
  return "";
}

/// The values of one key, or what is wrong with them.
Result<std::vector<std::string>> values_of(const Setting& setting, const json& value) {
  std::vector<std::string> values;
  const bool list = value.is_array() && setting.shape == Shape::list;
  for (const json& item : list ? value : json::array({value})) {
    const std::optional<std::string> text = text_of(setting, item);
    if (!text) {
      return Error{ErrorKind::usage, "\"" + std::string(setting.name) + "\" must be " + wanted_type(setting)};
    }
    values.push_back(*text);
  }
  return values;
}

}  // namespace

Result<ConfigValues> parse_config(std::string_view text, const std::string& where) {
  json document;
  try {
    document = json::parse(text);
  } catch (const json::parse_error& error) {
    const std::string_view read = text.substr(0, error.byte == 0 ? 0 : error.byte - 1);
    const auto line = 1 + std::count(read.begin(), read.end(), '\n');
    return Error{ErrorKind::usage,
                 where + ": line " + std::to_string(line) + " is not JSON; correct or remove the file"};
  }
  if (!document.is_object()) {
    return Error{ErrorKind::usage, where + ": must hold one JSON object, e.g. {\"up-limit\": \"2MB/s\"}"};
  }
  ConfigValues config;
  for (const auto& [key, value] : document.items()) {
    const Setting* setting = find_setting(key);
    if (setting == nullptr) return Error{ErrorKind::usage, where + ": " + unknown_key(key)};
    Result<std::vector<std::string>> values = values_of(*setting, value);
    if (!values) return Error{ErrorKind::usage, where + ": " + values.error().message};
    config.emplace(key, *std::move(values));
  }
  return config;
}

Result<ConfigValues> load_config(const std::filesystem::path& file) {
  const Result<std::string> text = content::read_small_file(file, kConfigBytesMax);
  if (!text) {
    if (text.error().kind == ErrorKind::not_found) return ConfigValues{};
    return text.error();
  }
  return parse_config(*text, file.string());
}

}  // namespace stp::cli
