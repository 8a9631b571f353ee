#include "sim/scenario/scenario_json.h"

#include "sim/scenario/checks.h"
#include "sim/scenario/policies.h"
#include "sim/scenario/schema.h"
#include "sim/scenario/settings.h"

namespace stp::sim {
namespace {

/// DHT nodes send so little that they do not need a link.
void complete_links(Scenario& scenario) {
  for (Group& group : scenario.groups) {
    if (group.role == Role::node && group.links.empty()) group.links = {LinkClass{}};
  }
}

}  // namespace

Result<Scenario> parse_scenario(std::string_view json_text, std::span<const std::string> settings,
                                const FileReader& files) {
  const Result<std::string> applied = apply_settings(json_text, settings);
  if (!applied) return applied.error();
  Result<Json> document = parse_json(*applied);
  if (!document) return document.error();
  if (Status taken = take_in_files(*document, files); !taken) return taken.error();
  Result<Scenario> scenario = read_object<Scenario>({*document, ""}, scenario_fields(), "a JSON object");
  if (!scenario) return scenario;
  complete_links(*scenario);
  drop_idle_settings(*scenario);
  if (Status fits = check_scenario(*scenario); !fits) return fits.error();
  // Texts are sent to other processes. Only tables make one this long.
  if (files && to_json(*scenario).size() > kScenarioBytesMax) {
    return Error{ErrorKind::usage, "with its tables longer than " + std::to_string(kScenarioBytesMax) + " bytes"};
  }
  return scenario;
}

std::string to_json(const Scenario& scenario) {
  return json_text(write_object(scenario, scenario_fields()), 2) + "\n";
}

}  // namespace stp::sim
