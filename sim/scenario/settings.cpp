#include "sim/scenario/settings.h"

#include <optional>
#include <vector>

#include "core/digits.h"
#include "core/text.h"
#include "sim/scenario/document.h"

namespace stp::sim {
namespace {

using Segments = std::span<const std::string_view>;

Error usage(std::string message) {
  return {ErrorKind::usage, std::move(message)};
}

std::vector<std::string_view> split(std::string_view path) {
  std::vector<std::string_view> segments;
  while (true) {
    const std::size_t dot = path.find('.');
    segments.push_back(path.substr(0, dot));
    if (dot == std::string_view::npos) return segments;
    path.remove_prefix(dot + 1);
  }
}

std::string name_of(const Json& element) {
  if (!element.is_object()) return {};
  const auto name = element.find("name");
  return name != element.end() && name->is_string() ? name->get<std::string>() : std::string();
}

/// The elements of `list` that `segment` means; if there are none, the error begins with `path`.
Result<std::vector<Json*>> elements(Json& list, std::string_view segment, const std::string& path) {
  std::vector<Json*> found;
  std::vector<std::string> names;
  for (Json& element : list) {
    if (std::string name = name_of(element); !name.empty()) names.push_back(std::move(name));
    if (segment == "*" || name_of(element) == segment) found.push_back(&element);
  }
  if (!found.empty() && segment != "*") found.resize(1);
  if (const std::optional<std::size_t> index = parse_digits<std::size_t>(segment);
      found.empty() && index && *index < list.size()) {
    found.push_back(&list[*index]);
  }
  if (!found.empty()) return found;

  const std::string meant = nearest(segment, names);
  std::string there = "it has " + std::to_string(list.size()) + " elements";
  for (std::size_t i = 0; i < names.size(); ++i) there += (i == 0 ? ": " : ", ") + shown(names[i]);
  return usage(path + ": there is no \"" + shown(segment) + "\" in the list; " +
               (meant.empty() ? there : "did you mean \"" + shown(meant) + "\"?"));
}

Status set_at(Json& node, Segments rest, const Json& value, const std::string& path) {
  if (rest.empty()) {
    node = value;
    return Done{};
  }
  const std::string inner = (path.empty() ? "" : path + ".") + shown(rest.front());
  if (node.is_array()) {
    const Result<std::vector<Json*>> meant = elements(node, rest.front(), path);
    if (!meant) return meant.error();
    for (Json* element : *meant) {
      if (Status set = set_at(*element, rest.subspan(1), value, inner); !set) return set;
    }
    return Done{};
  }
  if (node.is_null()) node = Json::object();
  if (!node.is_object()) {
    return usage(path + ": is " + shown(json_text(node)) + ", which has no \"" + shown(rest.front()) +
                 "\"; set it as a whole");
  }
  if (node.size() >= kJsonKeysMax) return usage(path + ": has too many keys");
  return set_at(node[std::string(rest.front())], rest.subspan(1), value, inner);
}

Status apply_one(Json& document, std::string_view setting) {
  const std::size_t equals = setting.find('=');
  const std::string_view path = setting.substr(0, equals);
  if (equals == std::string_view::npos || path.empty()) {
    return usage("\"" + shown(setting) + "\" is not a setting; write KEY=VALUE, e.g. groups.leeches.count=200");
  }
  std::vector<std::string_view> segments = split(path);
  if (segments.size() > static_cast<std::size_t>(kJsonDepthMax)) return usage(shown(path) + ": too many dots");
  if (path == "extends") return usage("extends: can't be set; name the preset in place of the file");
  if (segments.front() == "share") {
    segments.front() = "shares";
    segments.insert(segments.begin() + 1, "0");
    if (!document.contains("shares")) document["shares"] = Json::array({Json::object()});
  }
  const std::string_view text = setting.substr(equals + 1);
  Result<Json> value = parse_json(text);
  return set_at(document, segments, value ? *std::move(value) : Json(text), "");
}

}  // namespace

Result<std::string> apply_settings(std::string_view text, std::span<const std::string> settings) {
  Result<Json> document = read_document(text);
  if (!document) return document.error();
  if (settings.size() > kSettingsMax) return usage("more than " + std::to_string(kSettingsMax) + " settings");
  for (const std::string& setting : settings) {
    if (Status set = apply_one(*document, setting); !set) return set.error();
  }
  return json_text(*document, 2) + "\n";
}

}  // namespace stp::sim
