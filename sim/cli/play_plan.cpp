#include "sim/cli/play_plan.h"

#include <algorithm>
#include <optional>
#include <thread>

#include "sim/cli/commands.h"
#include "sim/cli/interrupt.h"
#include "sim/cli/progress.h"
#include "sim/report/sweep_report.h"
#include "sim/runner/output_dir.h"
#include "sim/runner/sweep.h"
#include "sim/runner/sweep_files.h"
#include "sim/runner/sweep_journal.h"

namespace stp::sim {
namespace {

SweepJournal::Mode mode_of(const Invocation& invocation) {
  if (invocation.has("force")) return SweepJournal::Mode::force;
  return invocation.has("resume") ? SweepJournal::Mode::resume : SweepJournal::Mode::fresh;
}

/// The name of a scenario inside SWEEP.json, which has no file.
constexpr const char* kInlineName = "SCENARIO.json";

void report_failure(const SweepPlan& plan, const FailedRun& failed, Console& console) {
  std::string with;
  const SweepCell& cell = plan.cells[failed.run.cell];
  for (std::size_t i = 0; i < cell.labels.size(); ++i) with += plan.parameters[i].path + " = " + cell.labels[i] + ", ";
  console.error("a run failed (" + with + "seed " + std::to_string(failed.run.seed) + "): " + failed.why);
  console.error("this replays it: " + replay_command(plan, failed.run, kInlineName));
}

ExitCode end(const SweepPlan& plan, const SweepOutcome& outcome, bool resumable, Console& console) {
  const auto played = std::ranges::count_if(outcome.runs, [](const auto& run) { return run.has_value(); });
  if (outcome.interrupted) {
    console.error("interrupted after " + std::to_string(played) + " of " + std::to_string(plan.runs()) + " runs" +
                  (resumable ? "; --resume continues" : ""));
    return ExitCode::interrupted;
  }
  if (outcome.failed.empty()) return ExitCode::done;
  console.error(std::to_string(outcome.failed.size()) + " of " + std::to_string(plan.runs()) + " runs failed");
  return ExitCode::error;
}

}  // namespace

std::uint64_t default_jobs() {
  return std::clamp<std::uint64_t>(std::thread::hardware_concurrency(), 1, kJobsMax);
}

ExitCode play_plan(const SweepPlan& plan, SweepWorkers& workers, const Invocation& invocation, Console& console) {
  std::optional<OutputDir> output;
  std::optional<SweepJournal> journal;
  if (const std::optional<std::string> directory = invocation.text("out")) {
    Result<OutputDir> opened = OutputDir::open_for_sweep(*directory, invocation.has("force"));
    if (!opened) return fail(console, opened.error());
    output.emplace(*std::move(opened));
    Result<SweepJournal> begun = SweepJournal::open(output->path() / kJournalName, plan, mode_of(invocation));
    if (!begun) return fail(console, begun.error());
    journal.emplace(*std::move(begun));
  }
  SweepHooks hooks;
  hooks.on_progress = [&](const SweepProgress& progress) {
    console.progress(sweep_line(progress));
    return !interrupted();
  };
  hooks.on_failure = [&](const FailedRun& failed) { report_failure(plan, failed, console); };
  const Result<SweepOutcome> outcome = play_sweep(plan, workers, journal ? &*journal : nullptr, hooks);
  if (!outcome) return fail(console, outcome.error());
  console.end_progress();
  const SweepTable table = table_of(plan, *outcome);
  if (output && !outcome->interrupted) {
    const Result<std::vector<std::string>> notices =
        write_sweep(*output, plan, *outcome, table, !invocation.has("no-plots"));
    if (!notices) return fail(console, notices.error());
    for (const std::string& notice : *notices) console.say(notice);
    console.say("results are in " + output->path().string());
  }
  const ExitCode printed = print(console, invocation.has("json") ? sweep_json(table) : sweep_text(table));
  if (printed != ExitCode::done) return printed;
  return end(plan, *outcome, output.has_value(), console);
}

}  // namespace stp::sim
