#include "sim/runner/run_message.h"

#include "core/build_info.h"
#include "sim/runner/json_text.h"
#include "sim/scenario/document.h"
#include "sim/scenario/json.h"

namespace stp::sim {
namespace {

Error bad_message(const char* what) {
  return {ErrorKind::malformed, std::string("not a message between ranks of one version: no ") + what};
}

std::string written(const Json& message) {
  return message.dump(-1, ' ', false, Json::error_handler_t::replace);  // the output of a child need not be UTF-8
}

const Json* member(const Json& message, const char* key, bool (Json::*is)() const noexcept) {
  const auto found = message.find(key);
  return found != message.end() && ((*found).*is)() ? &*found : nullptr;
}

}  // namespace

std::string to_message(const RunOrder& order) {
  return written({{"version", full_version()}, {"id", order.id}, {"seed", order.seed}, {"scenario", order.scenario}});
}

std::string to_message(const RunAnswer& answer) {
  return written({{"id", answer.id}, {"ok", answer.ok}, {"line", answer.line}, {"why", answer.why}});
}

Result<RunOrder> parse_run_order(std::string_view message) {
  const Result<Json> parsed = parse_json_object(message);
  if (!parsed) return parsed.error();
  const Json* theirs = member(*parsed, "version", &Json::is_string);
  if (theirs == nullptr || theirs->get<std::string>() != full_version()) {
    return Error{ErrorKind::unsupported, std::string("this rank has version ") + full_version() + " and rank 0 has " +
                                             (theirs != nullptr ? shown(theirs->get<std::string>()) : "another")};
  }
  const Json* id = member(*parsed, "id", &Json::is_number_unsigned);
  const Json* seed = member(*parsed, "seed", &Json::is_number_unsigned);
  const Json* scenario = member(*parsed, "scenario", &Json::is_string);
  if (id == nullptr || seed == nullptr || scenario == nullptr) return bad_message("order");
  return RunOrder{id->get<std::uint64_t>(), scenario->get<std::string>(), seed->get<std::uint64_t>()};
}

Result<RunAnswer> parse_run_answer(std::string_view message) {
  const Result<Json> parsed = parse_json_object(message);
  if (!parsed) return parsed.error();
  const Json* id = member(*parsed, "id", &Json::is_number_unsigned);
  const Json* ok = member(*parsed, "ok", &Json::is_boolean);
  const Json* line = member(*parsed, "line", &Json::is_string);
  const Json* why = member(*parsed, "why", &Json::is_string);
  if (id == nullptr || ok == nullptr || line == nullptr || why == nullptr) return bad_message("answer");
  return RunAnswer{id->get<std::uint64_t>(), ok->get<bool>(), line->get<std::string>(), why->get<std::string>()};
}

}  // namespace stp::sim
