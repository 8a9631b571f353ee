#include "sim/scenario/field.h"

#include "core/text.h"
#include "sim/scenario/values.h"

namespace stp::sim {
namespace {

/// "not the text …".
std::string described(const Json& json) {
  switch (json.type()) {
    case Json::value_t::null: return "null";
    case Json::value_t::boolean: return json.get<bool>() ? "true" : "false";
    case Json::value_t::string: return "\"" + shown(json.get_ref<const std::string&>()) + "\"";
    case Json::value_t::array: return "a list";
    case Json::value_t::object: return "an object";
    default: return json_text(json);
  }
}

}  // namespace

Error Value::wrong(const std::string& sentence) const {
  return {ErrorKind::usage, (path.empty() ? "scenario" : path) + ": " + sentence};
}

Error Value::must_be(const std::string& wanted) const {
  return wrong("must be " + wanted + ", not " + described(json));
}

std::string Value::path_of(std::string_view key) const {
  return (path.empty() ? "" : path + ".") + shown(key);
}

Error unknown_key(const Value& object, const std::string& key, const std::vector<std::string>& known) {
  const Value place = {object.json, object.path_of(key)};
  const std::string meant = nearest(key, known);
  if (!meant.empty()) return place.wrong("unknown key; did you mean \"" + meant + "\"?");
  std::string list;
  for (const std::string& name : known) list += (list.empty() ? "" : ", ") + name;
  return place.wrong("unknown key; there are " + list);
}

std::string element_path(const Value& list, std::size_t index) {
  const Json& element = list.json[index];
  if (element.is_object()) {
    const auto name = element.find("name");
    if (name != element.end() && name->is_string() && is_name(name->get_ref<const std::string&>())) {
      return list.path_of(name->get_ref<const std::string&>());
    }
  }
  return list.path_of(std::to_string(index));
}

}  // namespace stp::sim
