// `stp-sim run`.

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <memory>
#include <optional>
#include <thread>

#include "content/small_file.h"
#include "core/build_info.h"
#include "sim/cli/commands.h"
#include "sim/cli/interrupt.h"
#include "sim/cli/play_plan.h"
#include "sim/cli/progress.h"
#include "sim/measure/summary.h"
#include "sim/report/stall_text.h"
#include "sim/report/summary_json.h"
#include "sim/report/summary_text.h"
#include "sim/report/text.h"
#include "sim/report/trace_csv.h"
#include "sim/runner/output_dir.h"
#include "sim/runner/run.h"
#include "sim/runner/run_files.h"
#include "sim/runner/scenario_source.h"
#include "sim/scenario/scenario_hash.h"
#include "sim/scenario/scenario_json.h"

namespace stp::sim {
namespace {

using File = std::unique_ptr<std::FILE, int (*)(std::FILE*)>;

/// A trace is written row by row: it may be larger than memory.
class TraceFile {
 public:
  explicit TraceFile(const std::filesystem::path& path)
      : path_(path), file_(std::fopen(path.c_str(), "we"), &std::fclose) {
    failed_ = file_ ? 0 : errno;
  }
  void write(std::string_view text) {
    if (failed_ != 0) return;
    if (std::fwrite(text.data(), 1, text.size(), file_.get()) != text.size()) failed_ = errno;
  }
  [[nodiscard]] bool failed() const { return failed_ != 0; }
  [[nodiscard]] Status close() {
    if (file_ && std::fclose(file_.release()) != 0 && failed_ == 0) failed_ = errno;
    if (failed_ != 0) return content::file_error("write", path_.string(), failed_);
    return Done{};
  }

 private:
  std::filesystem::path path_;
  File file_;
  int failed_ = 0;
};

ExitCode run_one(const Invocation& invocation, Console& console, const ScenarioSource& source, std::uint64_t seed) {
  const std::vector<std::string> settings = invocation.texts("set");
  const Result<Scenario> scenario = parse_scenario(source.text, settings, source.files);
  if (!scenario) return fail(console, {ErrorKind::usage, source.label + ": " + scenario.error().message});
  const bool wants_trace = scenario->trace || invocation.has("trace");
  if (wants_trace && !invocation.has("out")) {
    return fail(console, {ErrorKind::usage, "--trace writes a file; give --out DIR as well"});
  }
  std::optional<OutputDir> output;
  if (const std::optional<std::string> directory = invocation.text("out")) {
    Result<OutputDir> opened = OutputDir::open(*directory, hex64(scenario_hash(*scenario)), invocation.has("force"));
    if (!opened) return fail(console, opened.error());
    output.emplace(*std::move(opened));
  }
  std::optional<TraceFile> trace;
  if (wants_trace) trace.emplace(output->staging() / "trace.csv");

  RunOptions options;
  options.seed = seed;
  TraceCsv rows(*scenario, scenario_hash(*scenario), seed, full_version());
  if (trace) options.trace = [&](const TraceRow& row) { trace->write(rows.line(row)); };
  const auto start = std::chrono::steady_clock::now();
  options.on_progress = [&](const RunProgress& progress) {
    console.progress(run_line(progress, std::chrono::steady_clock::now() - start));
    return !interrupted() && !(trace && trace->failed());
  };
  const RunResult result = run_scenario(*scenario, options);
  const bool cut_short = interrupted();
  console.end_progress();
  if (trace) {
    if (Status closed = trace->close(); !closed) return fail(console, closed.error());
  }

  const Summary summary = summarize(*scenario, result);
  const std::string scenario_text = to_json(*scenario);
  if (output) {
    const RunReport report{*scenario, scenario_text, result, summary, run_command(source.label, settings, seed)};
    const Result<std::vector<std::string>> notices = write_run(*output, report, !invocation.has("no-plots"));
    if (!notices) return fail(console, notices.error());
    for (const std::string& notice : *notices) console.say(notice);
    console.say("results are in " + output->path().string());
  }
  const std::string text = invocation.has("json") ? summary_json(*scenario, scenario_text, result, summary)
                                                  : summary_text(*scenario, settings, result, summary);
  if (const ExitCode code = print(console, text); code != ExitCode::done) return code;
  if (cut_short) {
    console.error("interrupted at " + human(seconds_of(result.ended), Unit::seconds) +
                  " of virtual time; the results cover the run up to then");
    return ExitCode::interrupted;
  }
  if (result.stall) {
    console.error(stall_sentence(*result.stall));
    return ExitCode::incomplete;
  }
  if (scenario->until == Until::complete && !result.all_complete) {
    console.error("time was up before all peers had everything (duration: " +
                  human(seconds_of(scenario->duration), Unit::seconds) + ")");
    return ExitCode::incomplete;
  }
  return ExitCode::done;
}

ExitCode run_seeds(const Invocation& invocation, Console& console, ScenarioSource source, std::uint64_t first,
                   std::uint64_t count) {
  if (invocation.has("trace")) {
    return fail(console, {ErrorKind::usage, "--trace is for one run; leave --seeds out and give --seed N"});
  }
  const Result<std::uint64_t> jobs = invocation.number("jobs", 1, kJobsMax, default_jobs());
  if (!jobs) return fail(console, jobs.error());
  std::vector<std::uint64_t> seeds;
  for (std::uint64_t i = 0; i < count; ++i) seeds.push_back(first + i);
  Result<SweepPlan> plan = plan_of_one(std::move(source), invocation.texts("set"), std::move(seeds));
  if (!plan) return fail(console, plan.error());
  plan->command = run_command(plan->source.label, plan->set, first) + " --seeds " + std::to_string(count);
  LocalWorkers workers(*jobs);
  return play_plan(*plan, workers, invocation, console);
}

}  // namespace

ExitCode command_run(const Invocation& invocation, Console& console) {
  const Result<std::uint64_t> seed = invocation.number("seed", 0, UINT64_MAX / 2, 1);
  const Result<std::uint64_t> seeds = invocation.number("seeds", 1, kSweepSeedsMax, 1);
  for (const Result<std::uint64_t>* given : {&seed, &seeds}) {
    if (!*given) return fail(console, given->error());
  }
  Result<ScenarioSource> source = load_scenario(invocation.operands.front());
  if (!source) return fail(console, {ErrorKind::usage, source.error().message});
  if (invocation.has("seeds")) return run_seeds(invocation, console, *std::move(source), *seed, *seeds);
  return run_one(invocation, console, *source, *seed);
}

}  // namespace stp::sim
