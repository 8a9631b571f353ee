#include "sim/runner/played_run.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <optional>

#include "sim/measure/summary.h"
#include "sim/report/text.h"
#include "sim/runner/json_text.h"
#include "sim/runner/run.h"
#include "sim/scenario/json.h"
#include "sim/scenario/scenario_json.h"

namespace stp::sim {
namespace {

Error malformed(const char* what) {
  return {ErrorKind::malformed, std::string("not the record of a run: ") + what};
}

/// 64 bits as hexadecimal text: JSON's numbers are exact only up to 53.
std::optional<std::uint64_t> hash_at(const Json& row, const char* key) {
  const auto found = row.find(key);
  if (found == row.end() || !found->is_string()) return std::nullopt;
  const auto& text = found->get_ref<const std::string&>();
  std::uint64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value, 16);
  if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return value;
}

/// [[times], [values]]
Json written(const RunCurve& curve) {
  Json seconds = Json::array();
  Json values = Json::array();
  for (const CurvePoint& point : curve.points) {
    seconds.push_back(point.seconds);
    values.push_back(point.value);
  }
  return Json::array({std::move(seconds), std::move(values)});
}

bool are_numbers(const Json& list) {
  return list.is_array() && std::ranges::all_of(list, [](const Json& each) { return each.is_number(); });
}

std::optional<RunCurve> read_curve(const std::string& name, const Json& curve) {
  if (find_curve(name) == nullptr || !curve.is_array() || curve.size() != 2) return std::nullopt;
  const Json& seconds = curve[0];
  const Json& values = curve[1];
  if (!are_numbers(seconds) || !are_numbers(values) || seconds.size() != values.size()) return std::nullopt;
  if (seconds.empty() || seconds.size() > kCurvePointsMax) return std::nullopt;
  RunCurve read{name, {}};
  for (std::size_t i = 0; i < seconds.size(); ++i) {
    read.points.push_back({seconds[i].get<double>(), values[i].get<double>()});
  }
  if (!std::ranges::is_sorted(read.points, {}, &CurvePoint::seconds)) return std::nullopt;
  return read;
}

}  // namespace

std::string to_line(const PlayedRun& run) {
  Json figures = Json::object();
  for (const PlayedFigure& figure : run.figures) {
    if (std::isfinite(figure.value)) figures[figure.name] = figure.value;
  }
  Json curves = Json::object();
  for (const RunCurve& curve : run.curves) curves[curve.name] = written(curve);
  const Json row = {{"scenario_hash", hex64(run.scenario_hash)},
                    {"seed", run.seed},
                    {"trace_hash", hex64(run.trace_hash)},
                    {"all_complete", run.all_complete},
                    {"figures", std::move(figures)},
                    {"curves", std::move(curves)}};
  return row.dump();
}

Result<PlayedRun> parse_played_run(std::string_view line) {
  const Result<Json> parsed = parse_json_object(line);
  if (!parsed) return parsed.error();
  const Json& row = *parsed;
  PlayedRun run;
  const std::optional<std::uint64_t> scenario = hash_at(row, "scenario_hash");
  const std::optional<std::uint64_t> trace = hash_at(row, "trace_hash");
  if (!scenario || !trace) return malformed("no hash");
  run.scenario_hash = *scenario;
  run.trace_hash = *trace;
  const auto seed = row.find("seed");
  if (seed == row.end() || !seed->is_number_unsigned()) return malformed("no seed");
  run.seed = seed->get<std::uint64_t>();
  const auto complete = row.find("all_complete");
  if (complete == row.end() || !complete->is_boolean()) return malformed("no all_complete");
  run.all_complete = complete->get<bool>();
  const auto figures = row.find("figures");
  if (figures == row.end() || !figures->is_object()) return malformed("no figures");
  for (const auto& [name, value] : figures->items()) {
    if (!value.is_number()) return malformed("a figure that is not a number");
    run.figures.push_back({name, value.get<double>()});
  }
  const auto curves = row.find("curves");
  if (curves == row.end() || !curves->is_object()) return malformed("no curves");
  for (const auto& [name, value] : curves->items()) {
    std::optional<RunCurve> curve = read_curve(name, value);
    if (!curve) return malformed("a curve that is none");
    run.curves.push_back(*std::move(curve));
  }
  return run;
}

Result<std::string> play_for_sweep(std::string_view scenario_text, std::uint64_t seed) {
  const Result<Scenario> scenario = parse_scenario(scenario_text);
  if (!scenario) return scenario.error();
  RunOptions options;
  options.seed = seed;
  const RunResult result = run_scenario(*scenario, options);
  PlayedRun run;
  run.scenario_hash = result.scenario_hash;
  run.seed = seed;
  run.trace_hash = result.trace_hash;
  run.all_complete = result.all_complete;
  const Summary summary = summarize(*scenario, result);
  for (const Figure& figure : summary.figures) run.figures.push_back({figure.name, figure.value});
  run.curves = run_curves(*scenario, result);
  return to_line(run);
}

}  // namespace stp::sim
