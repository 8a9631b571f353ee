#include "sim/runner/run.h"

#include <sys/resource.h>

#include <charconv>
#include <chrono>
#include <cstdio>
#include <cstring>
#include <memory>

#include "core/build_info.h"
#include "sim/scenario/scenario_hash.h"

namespace stp::sim {
namespace {

using Clock = std::chrono::steady_clock;

constexpr std::uint64_t kEventsPerSlice = 4096;  // a few milliseconds: the clock is read once per slice

double cpu_seconds() {
  rusage usage{};
  ::getrusage(RUSAGE_SELF, &usage);
  const auto seconds = [](const timeval& t) {
    return static_cast<double>(t.tv_sec) + 1e-6 * static_cast<double>(t.tv_usec);
  };
  return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

/// The peak resident memory of this process so far. VmHWM and not ru_maxrss, which a process inherits from its parent.
std::int64_t peak_bytes() {
  const std::unique_ptr<std::FILE, int (*)(std::FILE*)> status(std::fopen("/proc/self/status", "re"), &std::fclose);
  if (!status) return 0;
  char line[256];
  while (std::fgets(line, sizeof line, status.get()) != nullptr) {
    if (std::strncmp(line, "VmHWM:", 6) != 0) continue;
    const char* digits = line + 6 + std::strspn(line + 6, " \t");
    std::int64_t kibibytes = 0;
    std::from_chars(digits, line + std::strlen(line), kibibytes);
    return kibibytes * 1024;
  }
  return 0;
}

}  // namespace

RunResult run_scenario(const Scenario& scenario, const RunOptions& options) {
  const Clock::time_point start = Clock::now();
  const double cpu_before = cpu_seconds();
  Scenario traced = scenario;  // not part of the hash: recording what happens does not change it
  traced.trace = scenario.trace || options.trace;
  World world(traced, options.seed, options.trace);
  Clock::time_point report_at = start + kProgressEvery;
  while (world.play(kEventsPerSlice)) {
    if (!options.on_progress) continue;
    const Clock::time_point now = Clock::now();
    if (now < report_at) continue;
    report_at = now + kProgressEvery;
    if (!options.on_progress(world.progress())) break;
  }
  RunResult result = world.finish();
  result.seed = options.seed;
  result.scenario_hash = scenario_hash(scenario);
  result.version = full_version();
  result.cost.wall_seconds = std::chrono::duration<double>(Clock::now() - start).count();
  result.cost.cpu_seconds = cpu_seconds() - cpu_before;
  result.cost.peak_bytes = peak_bytes();
  return result;
}

}  // namespace stp::sim
