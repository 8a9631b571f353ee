#include "sim/runner/json_text.h"

#include <algorithm>

#include "sim/scenario/document.h"
#include "sim/scenario/json.h"

namespace stp::sim {

Result<Json> parse_json_object(std::string_view text) {
  bool too_deep = false;
  const Json::parser_callback_t limit = [&](int depth, Json::parse_event_t, Json&) {
    too_deep = too_deep || depth > kFileDepthMax;
    return !too_deep;
  };
  try {
    Json value = Json::parse(text, limit, true, true);
    if (too_deep) {
      return Error{ErrorKind::usage, "nested deeper than " + std::to_string(kFileDepthMax) + " levels"};
    }
    if (!value.is_object()) return Error{ErrorKind::usage, kind_of(value) + " where an object { … } is needed"};
    return value;
  } catch (const Json::parse_error& error) {
    const std::size_t at = std::min(error.byte > 0 ? error.byte - 1 : 0, text.size());
    const std::string_view before = text.substr(0, at);
    const auto line = 1 + std::count(before.begin(), before.end(), '\n');
    const std::size_t column = at - (before.rfind('\n') == std::string_view::npos ? 0 : before.rfind('\n') + 1) + 1;
    return Error{ErrorKind::usage, "not JSON at line " + std::to_string(line) + ", column " + std::to_string(column)};
  } catch (const Json::exception& error) {
    return Error{ErrorKind::usage, "not JSON: " + shown(error.what())};
  }
}

std::string kind_of(const Json& value) {
  switch (value.type()) {
    case Json::value_t::null: return "null";
    case Json::value_t::boolean: return value.get<bool>() ? "true" : "false";
    case Json::value_t::string: return "'" + shown(value.get_ref<const std::string&>()) + "'";
    case Json::value_t::array: return value.empty() ? "an empty list" : "a list of " + std::to_string(value.size());
    case Json::value_t::object: return "an object";
    case Json::value_t::number_integer:
    case Json::value_t::number_unsigned:
    case Json::value_t::number_float: return value.dump();
    case Json::value_t::binary:
    case Json::value_t::discarded: break;
  }
  return "nothing";
}

}  // namespace stp::sim
