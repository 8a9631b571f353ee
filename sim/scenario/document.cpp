#include "sim/scenario/document.h"

#include <algorithm>
#include <set>
#include <vector>

#include "core/shown_text.h"
#include "core/text.h"
#include "sim/scenario/presets.h"
#include "sim/scenario/scenario_json.h"

namespace stp::sim {
namespace {

constexpr std::size_t kExtendsMax = 8;
constexpr std::size_t kShownBytesMax = 80;

Error usage(std::string message) {
  return {ErrorKind::usage, std::move(message)};
}

/// Watches the parser and rejects what the finished document could not show or would cost too much to build. nlohmann
/// calls it with an object's keys between its start and its end.
class Guard {
 public:
  /// Whether the parser keeps what it has just read.
  bool operator()(int depth, Json::parse_event_t event, const Json& value) {
    if (!error_.empty()) return false;
    if (depth > kJsonDepthMax) return refuse("nested more than " + std::to_string(kJsonDepthMax) + " deep");
    if (event == Json::parse_event_t::object_start) keys_.emplace_back();
    if (event == Json::parse_event_t::object_end) keys_.pop_back();
    if (event != Json::parse_event_t::key) return true;
    const std::string& key = value.get_ref<const std::string&>();
    if (!keys_.back().insert(key).second) return refuse("the key \"" + shown(key) + "\" appears twice in one object");
    if (keys_.back().size() > kJsonKeysMax) return refuse("an object with more than 1024 keys");
    return true;
  }

  [[nodiscard]] const std::string& error() const { return error_; }

 private:
  bool refuse(std::string reason) {
    error_ = std::move(reason);
    return false;
  }

  std::vector<std::set<std::string, std::less<>>> keys_;  // of the objects that are open, outermost first
  std::string error_;
};

std::string place_in(std::string_view text, std::size_t byte) {
  const std::string_view read = text.substr(0, byte == 0 ? 0 : byte - 1);
  const auto line = 1 + std::count(read.begin(), read.end(), '\n');
  const std::size_t line_start = read.rfind('\n') + 1;  // npos + 1 is 0
  return "line " + std::to_string(line) + ", column " + std::to_string(read.size() - line_start + 1);
}

/// The name of an element of a list, or nullptr.
const std::string* name_of(const Json& element) {
  if (!element.is_object()) return nullptr;
  const auto name = element.find("name");
  return name != element.end() && name->is_string() ? &name->get_ref<const std::string&>() : nullptr;
}

void merge_keys(Json& base, const Json& changes);

/// Settings of single policies are two levels down ("transfer": {"choker": {…}}).
bool merge_policies(Json& base, const std::string& key, const Json& value) {
  const auto here = base.find(key);
  if (key != "transfer" && key != "dht") return false;
  if (here == base.end() || !here->is_object() || !value.is_object()) return false;
  for (const auto& [part, settings] : value.items()) {
    Json& known = (*here)[part];
    if (known.is_object() && settings.is_object()) {
      merge_keys(known, settings);
    } else {
      known = settings;
    }
  }
  return true;
}

void merge_keys(Json& base, const Json& changes) {
  for (const auto& [key, value] : changes.items()) {
    if (!merge_policies(base, key, value)) base[key] = value;
  }
}

void merge_by_name(Json& base, const Json& changes) {
  const std::size_t before = base.size();
  for (const Json& change : changes) {
    const std::string* name = name_of(change);
    Json* same = nullptr;
    for (std::size_t i = 0; i < before && same == nullptr && name != nullptr; ++i) {
      const std::string* candidate = name_of(base[i]);
      if (candidate != nullptr && *candidate == *name) same = &base[i];
    }
    if (same != nullptr) {
      merge_keys(*same, change);
    } else {
      base.push_back(change);
    }
  }
}

void extend(Json& base, const Json& changes) {
  for (const auto& [key, value] : changes.items()) {
    const auto here = base.find(key);
    const bool sections = (key == "network" || key == "lookups") && value.is_object();
    const bool named = (key == "groups" || key == "shares") && value.is_array();
    if (here != base.end() && sections && here->is_object()) {
      merge_keys(*here, value);
    } else if (here != base.end() && named && here->is_array()) {
      merge_by_name(*here, value);
    } else if (!merge_policies(base, key, value)) {
      base[key] = value;
    }
  }
}

Error unknown_preset(const Json& value) {
  std::vector<std::string> names;
  std::string list;
  for (const Preset& preset : presets()) {
    names.emplace_back(preset.name);
    list += (list.empty() ? "" : ", ") + names.back();
  }
  const std::string wanted = value.is_string() ? value.get<std::string>() : json_text(value);
  const std::string meant = nearest(wanted, names);
  return usage("extends: there is no preset \"" + shown(wanted) + "\"; " +
               (meant.empty() ? "there are " + list : "did you mean \"" + meant + "\"?"));
}

}  // namespace

std::string shown(std::string_view text) {
  if (text.size() <= kShownBytesMax) return display_text(text, kShownBytesMax);
  return display_text(text.substr(0, kShownBytesMax), kShownBytesMax) + "…";
}

std::string json_text(const Json& json, int indent) {
  return json.dump(indent, ' ', false, Json::error_handler_t::replace);
}

Result<Json> parse_json(std::string_view text) {
  if (text.size() > kScenarioBytesMax) {
    return Error{ErrorKind::usage, "longer than " + std::to_string(kScenarioBytesMax) + " bytes"};
  }
  Guard guard;
  try {
    const auto watch = [&](int depth, Json::parse_event_t event, Json& value) { return guard(depth, event, value); };
    Json json = Json::parse(text.begin(), text.end(), watch, true, true);
    if (!guard.error().empty()) return usage(guard.error());
    return json;
  } catch (const Json::parse_error& error) {
    if (!guard.error().empty()) return usage(guard.error());
    return usage(place_in(text, error.byte) + ": not JSON; look for a missing or superfluous comma, quote or bracket");
  } catch (const Json::exception&) {  // the only other one: a number too large for a double
    return usage("a number is too large");
  }
}

Result<Json> read_document(std::string_view text) {
  Result<Json> top = parse_json(text);
  if (!top) return top;
  std::vector<Json> layers = {*std::move(top)};  // each extends the one after it
  while (true) {
    Json& layer = layers.back();
    if (!layer.is_object()) return usage("a scenario is a JSON object, e.g. {\"extends\": \"flash-crowd\"}");
    const auto extends = layer.find("extends");
    if (extends == layer.end()) break;
    if (layers.size() > kExtendsMax) return usage("extends: more than " + std::to_string(kExtendsMax) + " in a row");
    const Preset* preset = extends->is_string() ? find_preset(extends->get_ref<const std::string&>()) : nullptr;
    if (preset == nullptr) return unknown_preset(*extends);
    layer.erase("extends");
    Result<Json> base = parse_json(preset->text);
    if (!base) return usage("preset " + std::string(preset->name) + ": " + base.error().message);
    layers.push_back(*std::move(base));
  }
  Json document = std::move(layers.back());
  for (std::size_t i = layers.size() - 1; i-- > 0;) extend(document, layers[i]);
  return document;
}

}  // namespace stp::sim
