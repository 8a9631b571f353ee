#include "sim/runner/sweep_plan.h"

#include <algorithm>
#include <map>
#include <set>

#include "core/build_info.h"
#include "core/text.h"
#include "sim/measure/figure.h"
#include "sim/report/text.h"
#include "sim/runner/json_text.h"
#include "sim/runner/sweep_forecast.h"
#include "sim/scenario/document.h"
#include "sim/scenario/json.h"
#include "sim/scenario/scenario_hash.h"
#include "sim/scenario/scenario_json.h"

namespace stp::sim {
namespace {

Error usage(std::string message) {
  return {ErrorKind::usage, std::move(message)};
}

/// How people write a value: a string without its quotes, anything else as JSON.
std::string label_of(const Json& value) {
  return value.is_string() ? value.get<std::string>() : value.dump(-1, ' ', false, Json::error_handler_t::replace);
}

std::string setting(const std::string& path, const Json& value) {
  return path + "=" + value.dump(-1, ' ', false, Json::error_handler_t::replace);
}

Status check_keys(const Json& sweep) {
  static const std::vector<std::string> kKeys = {"about", "scenario", "set", "parameters", "seeds", "figures"};
  for (const auto& [key, value] : sweep.items()) {
    if (std::find(kKeys.begin(), kKeys.end(), key) != kKeys.end()) continue;
    const std::string meant = nearest(key, kKeys);
    std::string known;
    for (const std::string& k : kKeys) known += (known.empty() ? "" : ", ") + k;
    return usage("unknown key '" + shown(key) + "'; " +
                 (meant.empty() ? "there are: " + known : "did you mean '" + meant + "'?"));
  }
  return Done{};
}

Result<ScenarioSource> read_scenario(const Json& sweep, const ScenarioLoader& load, const FileReader& files) {
  const auto found = sweep.find("scenario");
  if (found == sweep.end()) {
    return usage("'scenario' is missing; give a preset's name, a file beside this one, or the scenario itself");
  }
  if (found->is_object()) return ScenarioSource{"", found->dump(2, ' ', false, Json::error_handler_t::replace), files};
  if (found->is_string()) return load(found->get<std::string>());
  return usage("scenario: " + kind_of(*found) + " is not a scenario; give a preset's name, a file, or an object");
}

Result<std::vector<std::string>> read_set(const Json& sweep) {
  std::vector<std::string> settings;
  const auto found = sweep.find("set");
  if (found == sweep.end()) return settings;
  if (!found->is_object()) {
    return usage("set: " + kind_of(*found) + " where an object is needed, e.g. {\"network.latency\": \"king\"}");
  }
  for (const auto& [key, value] : found->items()) settings.push_back(setting(key, value));
  return settings;
}

Result<std::vector<SweepParameter>> read_parameters(const Json& sweep) {
  std::vector<SweepParameter> parameters;
  const auto found = sweep.find("parameters");
  if (found == sweep.end()) return parameters;
  if (!found->is_object()) {
    return usage("parameters: " + kind_of(*found) +
                 " where an object is needed, e.g. {\"groups.leeches.count\": [50, 100]}");
  }
  if (found->size() > kSweepParametersMax) {
    return usage("parameters: " + std::to_string(found->size()) + " of them; at most " +
                 std::to_string(kSweepParametersMax) + " are varied at once");
  }
  std::size_t cells = 1;
  for (const auto& [path, values] : found->items()) {
    const std::string where = "parameters." + shown(path);
    if (path.empty() || path.find('=') != std::string::npos) {
      return usage(where + ": not a path of a setting; write e.g. groups.leeches.count");
    }
    if (!values.is_array() || values.empty()) {
      return usage(where + ": " + kind_of(values) + " where a list of values is needed, e.g. [50, 100]");
    }
    cells *= std::min(values.size(), kSweepCellsMax + 1);
    if (cells > kSweepCellsMax) {
      return usage(where + ": more than " + std::to_string(kSweepCellsMax) + " combinations; vary less at once");
    }
    SweepParameter parameter;
    parameter.path = path;
    for (const Json& value : values)
      parameter.values.push_back(value.dump(-1, ' ', false, Json::error_handler_t::replace));
    parameters.push_back(std::move(parameter));
  }
  return parameters;
}

Result<std::vector<std::uint64_t>> read_seeds(const Json& sweep) {
  std::vector<std::uint64_t> seeds;
  const auto found = sweep.find("seeds");
  const std::string right = "give how many (1 to " + std::to_string(kSweepSeedsMax) + ") or a list, e.g. [1, 2, 3]";
  if (found == sweep.end()) return usage("'seeds' is missing; " + right);
  if (found->is_number_unsigned()) {
    const auto count = found->get<std::uint64_t>();
    if (count < 1 || count > kSweepSeedsMax) return usage("seeds: " + std::to_string(count) + "; " + right);
    for (std::uint64_t seed = 1; seed <= count; ++seed) seeds.push_back(seed);
    return seeds;
  }
  if (!found->is_array() || found->empty() || found->size() > kSweepSeedsMax) {
    return usage("seeds: " + kind_of(*found) + "; " + right);
  }
  std::set<std::uint64_t> seen;
  for (const Json& seed : *found) {
    if (!seed.is_number_unsigned()) return usage("seeds: " + kind_of(seed) + " is not a seed; " + right);
    if (!seen.insert(seed.get<std::uint64_t>()).second) return usage("seeds: " + seed.dump() + " appears twice");
    seeds.push_back(seed.get<std::uint64_t>());
  }
  return seeds;
}

Result<std::vector<std::string>> read_figures(const Json& sweep) {
  std::vector<std::string> figures;
  const auto found = sweep.find("figures");
  if (found == sweep.end()) return figures;
  if (!found->is_array() || found->empty() || found->size() > kSweepFiguresMax) {
    return usage("figures: " + kind_of(*found) + " where a list of 1 to " + std::to_string(kSweepFiguresMax) +
                 " names of figures is needed");
  }
  for (const Json& figure : *found) {
    if (!figure.is_string()) return usage("figures: " + kind_of(figure) + " is not the name of a figure");
    const auto name = figure.get<std::string>();
    if (std::find(figures.begin(), figures.end(), name) != figures.end()) {
      return usage("figures: '" + shown(name) + "' appears twice");
    }
    figures.push_back(name);
  }
  return figures;
}

/// The index of each parameter's value in cell `index`; the last parameter varies fastest.
std::vector<std::size_t> values_of_cell(const std::vector<SweepParameter>& parameters, std::size_t index) {
  std::vector<std::size_t> chosen(parameters.size());
  for (std::size_t i = parameters.size(); i-- > 0;) {
    chosen[i] = index % parameters[i].values.size();
    index /= parameters[i].values.size();
  }
  return chosen;
}

/// Also records in `plan` which figures the cell gives.
Result<SweepCell> make_cell(SweepPlan& plan, std::size_t index) {
  SweepCell cell;
  const std::vector<std::size_t> chosen = values_of_cell(plan.parameters, index);
  for (std::size_t i = 0; i < chosen.size(); ++i) {
    const SweepParameter& parameter = plan.parameters[i];
    cell.labels.push_back(label_of(Json::parse(parameter.values[chosen[i]], nullptr, false)));
    cell.settings.push_back(parameter.path + "=" + parameter.values[chosen[i]]);
  }
  std::vector<std::string> all = plan.set;
  all.insert(all.end(), cell.settings.begin(), cell.settings.end());
  const auto blame = [&](const Error& error) {
    std::string with;
    for (const std::string& s : all) with += (with.empty() ? " with " : ", ") + shown(s);
    return usage((plan.source.label.empty() ? std::string("the scenario") : plan.source.label) + with + ": " +
                 error.message);
  };
  const Result<Scenario> scenario = parse_scenario(plan.source.text, all, plan.source.files);
  if (!scenario) return blame(scenario.error());
  cell.scenario = to_json(*scenario);
  cell.scenario_hash = scenario_hash(*scenario);
  cell.work = expected_work(*scenario);
  for (std::string& name : figure_names(*scenario)) {
    if (std::ranges::find(plan.known_figures, name) == plan.known_figures.end()) {
      plan.known_figures.push_back(std::move(name));
    }
  }
  plan.name = scenario->name;
  return cell;
}

Status make_cells(SweepPlan& plan) {
  std::size_t count = 1;
  for (const SweepParameter& parameter : plan.parameters) count *= parameter.values.size();
  if (count * plan.seeds.size() > kSweepRunsMax) {
    return usage(std::to_string(count) + " combinations × " + std::to_string(plan.seeds.size()) +
                 " seeds are more than " + std::to_string(kSweepRunsMax) + " runs");
  }
  std::map<std::uint64_t, std::size_t> by_hash;
  for (std::size_t i = 0; i < count; ++i) {
    Result<SweepCell> cell = make_cell(plan, i);
    if (!cell) return cell.error();
    const auto [same, is_new] = by_hash.emplace(cell->scenario_hash, i);
    if (!is_new) {
      const auto list = [](const SweepCell& c) {
        std::string text;
        for (const std::string& s : c.settings) text += (text.empty() ? "" : ", ") + shown(s);
        return text;
      };
      return usage("parameters: " + list(plan.cells[same->second]) + " and " + list(*cell) + " give the same scenario");
    }
    plan.cells.push_back(*std::move(cell));
  }
  for (const std::string& figure : plan.figures) {
    if (std::ranges::find(plan.known_figures, figure) != plan.known_figures.end()) continue;
    const std::string meant = nearest(figure, plan.known_figures);
    return usage("figures: there is no figure '" + shown(figure) + "'" +
                 (meant.empty() ? "; summary.json of a run lists them all" : "; did you mean '" + meant + "'?"));
  }
  return Done{};
}

}  // namespace

std::uint64_t SweepPlan::hash() const {
  std::uint64_t value = 0xcbf29ce484222325;  // FNV-1a
  const auto mix = [&](std::string_view text) {
    for (const char c : text) value = (value ^ static_cast<unsigned char>(c)) * 0x100000001b3;
    value = (value ^ 0xff) * 0x100000001b3;  // no UTF-8 text contains this byte: it separates the words
  };
  mix(full_version());
  for (const SweepParameter& parameter : parameters) mix(parameter.path);
  for (const SweepCell& cell : cells) {
    mix(hex64(cell.scenario_hash));
    for (const std::string& label : cell.labels) mix(label);
  }
  return value;
}

SweepRun run_at(const SweepPlan& plan, std::size_t index) {
  STP_ASSERT(index < plan.runs());
  return {index / plan.seeds.size(), plan.seeds[index % plan.seeds.size()]};
}

Result<SweepPlan> parse_sweep(std::string_view text, const ScenarioLoader& load, const FileReader& files) {
  Result<Json> parsed = parse_json_object(text);
  if (!parsed) return parsed.error();
  const Json& sweep = *parsed;
  if (Status keys = check_keys(sweep); !keys) return keys.error();
  SweepPlan plan;
  plan.asked = text;
  if (Result<ScenarioSource> source = read_scenario(sweep, load, files)) {
    plan.source = *std::move(source);
  } else {
    return source.error();
  }
  if (Result<std::vector<std::string>> set = read_set(sweep)) {
    plan.set = *std::move(set);
  } else {
    return set.error();
  }
  if (Result<std::vector<SweepParameter>> parameters = read_parameters(sweep)) {
    plan.parameters = *std::move(parameters);
  } else {
    return parameters.error();
  }
  if (Result<std::vector<std::uint64_t>> seeds = read_seeds(sweep)) {
    plan.seeds = *std::move(seeds);
  } else {
    return seeds.error();
  }
  if (Result<std::vector<std::string>> figures = read_figures(sweep)) {
    plan.figures = *std::move(figures);
  } else {
    return figures.error();
  }
  if (Status made = make_cells(plan); !made) return made.error();
  return plan;
}

Result<SweepPlan> plan_of_one(ScenarioSource source, std::vector<std::string> set, std::vector<std::uint64_t> seeds) {
  SweepPlan plan;
  plan.source = std::move(source);
  plan.set = std::move(set);
  plan.seeds = std::move(seeds);
  if (Status made = make_cells(plan); !made) return made.error();
  plan.asked = plan.cells.front().scenario;
  return plan;
}

std::string run_command(const std::string& scenario, const std::vector<std::string>& settings, std::uint64_t seed) {
  std::string command = "stp-sim run " + shell_word(scenario);
  for (const std::string& s : settings) command += " --set " + shell_word(s);
  return command + " --seed " + std::to_string(seed);
}

std::string replay_command(const SweepPlan& plan, const SweepRun& run, const std::string& inline_name) {
  std::vector<std::string> settings = plan.set;
  const std::vector<std::string>& of_cell = plan.cells[run.cell].settings;
  settings.insert(settings.end(), of_cell.begin(), of_cell.end());
  return run_command(plan.source.label.empty() ? inline_name : plan.source.label, settings, run.seed);
}

}  // namespace stp::sim
