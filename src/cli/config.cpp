#include "cli/config.h"

#include <nlohmann/json.hpp>

#include "cli/file_io.h"
#include "cli/format.h"
#include "cli/settings.h"
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

/// `value` as text, when it is a string, a number or a boolean.
std::optional<std::string> scalar_text(const json& value) {
  if (value.is_string()) return value.get<std::string>();
  if (value.is_boolean() || value.is_number()) return value.dump();
  return std::nullopt;
}

/// The values of one key, or what is wrong with them.
Result<std::vector<std::string>> values_of(const Setting& setting, const json& value) {
  std::vector<std::string> values;
  const bool list = value.is_array() && setting.shape == Shape::list;
  for (const json& item : list ? value : json::array({value})) {
    const std::optional<std::string> text = scalar_text(item);
    if (!text || (setting.shape == Shape::flag && !item.is_boolean())) {
      const char* wanted = setting.shape == Shape::flag   ? "true or false"
                           : setting.shape == Shape::list ? "a string or a list of strings"
                                                          : "a string or a number";
      return Error{ErrorKind::usage, "\"" + std::string(setting.name) + "\" must be " + wanted};
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
  const Result<std::string> text = read_small_file(file, kConfigBytesMax);
  if (!text) {
    if (text.error().kind == ErrorKind::not_found) return ConfigValues{};
    return text.error();
  }
  return parse_config(*text, file.string());
}

}  // namespace stp::cli
