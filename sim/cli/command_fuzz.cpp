// `stp-sim fuzz`.

#include <cstdio>
#include <filesystem>

#include "content/small_file.h"
#include "core/text.h"
#include "sim/cli/commands.h"
#include "sim/cli/interrupt.h"
#include "sim/runner/fuzz.h"
#include "sim/runner/scenario_source.h"
#include "sim/runner/sweep_plan.h"
#include "sim/scenario/scenario_json.h"

namespace stp::sim {
namespace {

constexpr std::uint64_t kSecondsMax = 30ULL * 24 * 3600;

ExitCode replay(const Invocation& invocation, Console& console, std::uint64_t seed, std::chrono::seconds limit) {
  const Result<ScenarioSource> source = load_scenario(*invocation.text("replay"));
  if (!source) return fail(console, {ErrorKind::usage, source.error().message});
  const Result<Scenario> scenario = parse_scenario(source->text, {}, source->files);
  if (!scenario) return fail(console, {ErrorKind::usage, source->label + ": " + scenario.error().message});
  const Result<std::optional<std::string>> fault = check_in_child(*scenario, seed, limit);
  if (!fault) return fail(console, fault.error());
  if (!*fault) return print(console, "nothing is wrong\n");
  console.error(**fault);
  return ExitCode::error;
}

ExitCode tell(const FuzzFailure& failure, const std::filesystem::path& directory, Console& console) {
  const std::filesystem::path file = directory / ("fuzz-" + std::to_string(failure.seed) + ".json");
  std::error_code ignored;  // reported by the write that fails
  std::filesystem::create_directories(directory, ignored);
  std::string text = to_json(failure.scenario);
  if (!text.ends_with('\n')) text += '\n';
  console.error("seed " + std::to_string(failure.seed) + ": " + failure.why);
  console.say("made smaller in " + std::to_string(failure.shrink_steps) + " steps; the scenario is in " +
              file.string() + ", and this replays it:");
  if (Status written = content::replace_file(file, text, content::Sync::no, content::kAnybody); !written)
    return fail(console, written.error());
  static_cast<void>(print(console, "stp-sim fuzz --replay " + shell_word(file.string()) + " --seed " +
                                       std::to_string(failure.seed) + "\n"));
  return ExitCode::error;
}

}  // namespace

ExitCode command_fuzz(const Invocation& invocation, Console& console) {
  const std::uint64_t without_seconds = invocation.has("scenarios") ? kSecondsMax : 60;
  const Result<std::uint64_t> seconds = invocation.number("seconds", 1, kSecondsMax, without_seconds);
  const Result<std::uint64_t> scenarios = invocation.number("scenarios", 1, UINT64_MAX / 2, UINT64_MAX / 2);
  const Result<std::uint64_t> seed = invocation.number("seed", 0, UINT64_MAX / 2, 1);
  const Result<std::uint64_t> jobs = invocation.number("jobs", 1, 1024, 1);
  const Result<std::uint64_t> limit = invocation.number("limit", 1, kSecondsMax, 120);
  for (const Result<std::uint64_t>* given : {&seconds, &scenarios, &seed, &jobs, &limit}) {
    if (!*given) return fail(console, given->error());
  }
  if (invocation.has("replay")) return replay(invocation, console, *seed, std::chrono::seconds(*limit));

  FuzzOptions options;
  options.time = std::chrono::seconds(*seconds);
  options.scenarios = *scenarios;
  options.seed = *seed;
  options.jobs = *jobs;
  options.limit = std::chrono::seconds(*limit);
  options.on_progress = [&](const FuzzProgress& progress) {
    console::ProgressLine line;
    line.add(std::to_string(progress.played) + " scenarios, " +
             (progress.shrinking ? "one fails and is being made smaller" : "nothing wrong"));
    console.progress(line);
    return !interrupted();
  };
  const Result<FuzzOutcome> outcome = fuzz(options);
  if (!outcome) return fail(console, outcome.error());
  if (outcome->failure) return tell(*outcome->failure, invocation.text("out").value_or("."), console);
  if (interrupted()) return ExitCode::interrupted;
  return print(console, std::to_string(outcome->played) + " scenarios, nothing wrong\n");
}

}  // namespace stp::sim
