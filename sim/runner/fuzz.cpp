#include "sim/runner/fuzz.h"

#include <algorithm>
#include <map>

#include "sim/runner/fuzz_check.h"
#include "sim/runner/fuzz_scenario.h"
#include "sim/runner/run.h"
#include "sim/runner/shrink.h"
#include "sim/scenario/scenario_json.h"

namespace stp::sim {
namespace {

using Clock = std::chrono::steady_clock;
constexpr std::size_t kShrinkAttemptsMax = 5000;

/// What a child does: "" if nothing is wrong. A fault is an answer, so that only a crash ends a child in another way.
ChildPool::Work check(const Scenario& scenario, std::uint64_t seed) {
  return [scenario, seed]() -> Result<std::string> {
    // As read from a file: a failure must be the same when it is replayed from one.
    const Result<Scenario> read = parse_scenario(to_json(scenario));
    if (!read) return std::string("the scenario is rejected: ") + read.error().message;
    return play_and_find_fault(*read, seed).value_or("");
  };
}

std::optional<std::string> fault_of(const ChildResult& child) {
  if (!child.ok) return child.why;
  if (!child.answer.empty()) return child.answer;
  return std::nullopt;
}

FuzzFailure shrink_failure(const FuzzOptions& options, std::uint64_t played, std::uint64_t seed, std::string why) {
  FuzzFailure failure{seed, std::move(why), random_scenario(seed), 0};
  const Clock::time_point until = Clock::now() + options.shrink_time;
  const Shrunk shrunk = shrink(
      failure.scenario,
      [&](const Scenario& simpler) {
        if (Clock::now() >= until || (options.on_progress && !options.on_progress({played, true}))) return false;
        if (!parse_scenario(to_json(simpler))) return false;
        Result<std::optional<std::string>> fault = check_in_child(simpler, seed, options.limit);
        if (!fault || !*fault) return false;
        failure.why = **std::move(fault);
        return true;
      },
      kShrinkAttemptsMax);
  failure.scenario = shrunk.scenario;
  failure.shrink_steps = shrunk.steps;
  return failure;
}

}  // namespace

Result<std::optional<std::string>> check_in_child(const Scenario& scenario, std::uint64_t seed,
                                                  std::chrono::milliseconds limit) {
  ChildPool pool;
  if (Status started = pool.start(0, check(scenario, seed), limit); !started) return started.error();
  for (;;) {
    if (const std::optional<ChildResult> child = pool.wait(kProgressEvery)) return fault_of(*child);
  }
}

Result<FuzzOutcome> fuzz(const FuzzOptions& options) {
  const Clock::time_point until = Clock::now() + options.time;
  FuzzOutcome outcome;
  std::uint64_t next = options.seed;
  std::map<std::uint64_t, std::string> failures;  // by seed: which one is reported does not depend on which ended first
  {
    ChildPool pool;
    for (;;) {
      while (failures.empty() && Clock::now() < until && next - options.seed < options.scenarios &&
             pool.running() < options.jobs) {
        if (Status s = pool.start(next, check(random_scenario(next), next), options.limit); !s) return s.error();
        ++next;
      }
      if (pool.running() == 0) break;
      if (const std::optional<ChildResult> child = pool.wait(kProgressEvery)) {
        ++outcome.played;
        if (std::optional<std::string> fault = fault_of(*child)) failures.emplace(child->id, *std::move(fault));
      }
      if (options.on_progress && !options.on_progress({outcome.played, false})) return outcome;
    }
  }
  if (failures.empty()) return outcome;
  outcome.failure = shrink_failure(options, outcome.played, failures.begin()->first, failures.begin()->second);
  return outcome;
}

}  // namespace stp::sim
