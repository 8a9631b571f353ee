#include "sim/report/summary_json.h"

#include "sim/report/text.h"
#include "sim/scenario/json.h"

namespace stp::sim {
namespace {

/// Indented, with a newline at the end; text that is not UTF-8 is replaced instead of causing an exception.
std::string dump(const Json& json) {
  return json.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

/// As an object if it is one, otherwise as a string, so that nothing is lost.
Json embedded(std::string_view scenario_text) {
  Json parsed = Json::parse(scenario_text, nullptr, false, true);
  return parsed.is_discarded() ? Json(scenario_text) : parsed;
}

}  // namespace

std::string summary_json(const Scenario& scenario, std::string_view scenario_text, const RunResult& result,
                         const Summary& summary) {
  Json figures = Json::object();
  for (const Figure& figure : summary.figures) {
    Json entry;
    entry["value"] = figure.value;
    entry["unit"] = unit_symbol(figure.unit);
    entry["meaning"] = figure.meaning;
    figures[figure.name] = std::move(entry);
  }
  Json messages = Json::object();
  for (const MessageCount& message : result.messages) {
    messages[message.name] = {{"count", message.count}, {"bytes", message.bytes}};
  }
  Json json;
  json["name"] = scenario.name;
  json["scenario_hash"] = hex64(result.scenario_hash);
  json["seed"] = result.seed;
  json["version"] = result.version;
  json["trace_hash"] = hex64(result.trace_hash);
  json["ended_s"] = seconds_of(result.ended);
  json["events"] = result.events;
  json["all_complete"] = result.all_complete;
  if (result.stall) {
    json["stall"] = {{"since_s", seconds_of(result.stall->since)},
                     {"chunks_not_given", result.stall->not_given},
                     {"chunks_unreachable", result.stall->unreachable},
                     {"leeches", result.stall->leeches}};
  }
  json["figures"] = std::move(figures);
  json["messages"] = std::move(messages);
  json["scenario"] = embedded(scenario_text);
  return dump(json);
}

std::string cost_json(const RunResult& result) {
  Json json;
  json["wall_s"] = result.cost.wall_seconds;
  json["cpu_s"] = result.cost.cpu_seconds;
  json["peak_bytes"] = result.cost.peak_bytes;
  if (result.cost.wall_seconds > 0) {
    json["events_per_second"] = static_cast<double>(result.events) / result.cost.wall_seconds;
  }
  return dump(json);
}

}  // namespace stp::sim
