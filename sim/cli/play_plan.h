// What `sweep` and `run --seeds` share: playing a plan, with its journal, progress and results.
#pragma once

#include <cstdint>

#include "sim/cli/commands.h"
#include "sim/runner/sweep_plan.h"
#include "sim/runner/sweep_workers.h"

namespace stp::sim {

inline constexpr std::uint64_t kJobsMax = 4096;
/// One per processor.
[[nodiscard]] std::uint64_t default_jobs();

/// Plays `plan` and reports the results; obeys --out, --resume, --force, --no-plots and --json of `invocation`.
[[nodiscard]] ExitCode play_plan(const SweepPlan& plan, SweepWorkers& workers, const Invocation& invocation,
                                 Console& console);

}  // namespace stp::sim
