// `stp-sim presets`, `stp-sim settings` and `stp-sim check`: what can be played.

#include <algorithm>

#include "core/shown_text.h"
#include "core/text.h"
#include "sim/cli/commands.h"
#include "sim/report/text.h"
#include "sim/runner/json_text.h"
#include "sim/runner/scenario_source.h"
#include "sim/scenario/document.h"
#include "sim/scenario/presets.h"
#include "sim/scenario/reference.h"
#include "sim/scenario/scenario_json.h"

namespace stp::sim {
namespace {

std::string list_presets() {
  std::size_t columns = 0;
  for (const Preset& preset : presets()) columns = std::max(columns, preset.name.size());
  std::string out;
  for (const Preset& preset : presets()) {
    const Result<Scenario> scenario = parse_scenario(preset.text);
    out += pad_right(std::string(preset.name), columns + 2) + (scenario ? one_line(scenario->about) : "") + "\n";
  }
  return out;
}

}  // namespace

ExitCode command_presets(const Invocation& invocation, Console& console) {
  if (invocation.operands.empty()) return print(console, list_presets());
  const std::string& name = invocation.operands.front();
  const Preset* preset = find_preset(name);
  if (preset == nullptr) {
    std::vector<std::string> names;
    for (const Preset& p : presets()) names.emplace_back(p.name);
    const std::string meant = nearest(name, names);
    return fail(console, {ErrorKind::usage,
                          "there is no preset '" + shown(name) + "'; " +
                              (meant.empty() ? "`stp-sim presets` lists them" : "did you mean '" + meant + "'?")});
  }
  std::string text(preset->text);
  if (!text.ends_with('\n')) text += '\n';
  return print(console, text);
}

ExitCode command_settings(const Invocation&, Console& console) {
  return print(console, settings_reference());
}

ExitCode command_check(const Invocation& invocation, Console& console) {
  const Result<ScenarioSource> source = load_scenario(invocation.operands.front());
  if (!source) return fail(console, {ErrorKind::usage, source.error().message});
  const Result<Scenario> scenario = parse_scenario(source->text, invocation.texts("set"), source->files);
  if (!scenario) return fail(console, {ErrorKind::usage, source->label + ": " + scenario.error().message});
  std::string text = to_json(*scenario);
  if (!text.ends_with('\n')) text += '\n';
  return print(console, text);
}

}  // namespace stp::sim
