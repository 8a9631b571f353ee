// `stp-sim sweep`, alone or as an MPI job.

#include <filesystem>

#include "content/small_file.h"
#include "core/text.h"
#include "sim/cli/commands.h"
#include "sim/cli/play_plan.h"
#include "sim/report/text.h"
#include "sim/runner/mpi_job.h"
#include "sim/runner/scenario_source.h"

namespace stp::sim {
namespace {

Result<SweepPlan> load_plan(const std::string& name) {
  const Result<std::string> text = content::read_small_file(name, kSweepBytesMax);
  if (!text) return Error{ErrorKind::usage, text.error().message};
  const std::filesystem::path beside = std::filesystem::path(name).parent_path();
  Result<SweepPlan> plan = parse_sweep(
      *text, [&](const std::string& scenario) { return load_scenario(scenario, beside); }, files_beside(beside));
  if (!plan) return Error{plan.error().kind, name + ": " + plan.error().message};
  plan->command = "stp-sim sweep " + shell_word(name);
  return plan;
}

ExitCode list_runs(const SweepPlan& plan, Console& console) {
  std::string out;
  for (std::size_t i = 0; i < plan.runs(); ++i) out += replay_command(plan, run_at(plan, i), "SCENARIO") + "\n";
  console.say(std::to_string(plan.runs()) + " runs");
  return print(console, out);
}

/// `job` is null if this process plays alone.
ExitCode lead(const Invocation& invocation, Console& console, MpiJob* job) {
  const Result<std::uint64_t> jobs = invocation.number("jobs", 1, kJobsMax, default_jobs());
  if (!jobs) return fail(console, jobs.error());
  if (invocation.has("resume") && invocation.has("force")) {
    return fail(console, {ErrorKind::usage, "--resume continues, --force starts over; give one of them"});
  }
  if (invocation.has("resume") && !invocation.has("out")) {
    return fail(console, {ErrorKind::usage, "--resume needs --out DIR: the directory to resume in"});
  }
  const Result<SweepPlan> plan = load_plan(invocation.operands.front());
  if (!plan) return fail(console, plan.error());
  if (invocation.has("dry-run")) return list_runs(*plan, console);
  if (job == nullptr || job->size() == 1) {
    LocalWorkers workers(*jobs);
    return play_plan(*plan, workers, invocation, console);
  }
  if (invocation.has("jobs"))
    console.say("--jobs has no effect here: every rank but the first plays one run at a time");
  const std::unique_ptr<SweepWorkers> workers = job->workers();
  return play_plan(*plan, *workers, invocation, console);
}

}  // namespace

ExitCode command_sweep(const Invocation& invocation, Console& console) {
  if (!started_as_mpi_job()) return lead(invocation, console, nullptr);
  Result<std::unique_ptr<MpiJob>> joined = MpiJob::join();
  if (!joined) return is_silent_rank() ? ExitCode::error : fail(console, joined.error());
  const std::unique_ptr<MpiJob> job = *std::move(joined);
  if (job->rank() != 0) return static_cast<ExitCode>(job->serve());
  const ExitCode code = lead(invocation, console, job.get());
  job->finish(static_cast<int>(code));
  return code;
}

}  // namespace stp::sim
