// World: one run, played: hosts with the production cores, the network between them, and what the scenario does to
// them.
//
// Owns everything and is the only driver: it takes the next event in the order of (time, sequence), hands it to the
// host it concerns, sends what the cores of that host have to send, and arms the host's timer again. No sockets,
// threads, clocks or files.
//
// The same (scenario, seed) gives the same events, the same trace hash and the same RunResult, whatever the compiler.
// Randomness comes in named streams (Rng::fork()), so a change of, say, the picker does not move the arrivals.
// Not thread-safe.
#pragma once

#include <cstdint>
#include <memory>

#include "sim/measure/run_result.h"
#include "sim/measure/trace_row.h"
#include "sim/scenario/scenario.h"

namespace stp::sim {

/// The progress of a run.
struct RunProgress {
  Duration at{};  // virtual
  std::uint64_t events = 0;
  std::uint32_t online = 0;
  std::uint32_t complete = 0;  // leeches
  std::uint32_t leeches = 0;   // that arrive in total, as far as known
};

class World {
 public:
  /// `trace` receives the events if Scenario::trace is set.
  World(const Scenario& scenario, std::uint64_t seed, TraceSink trace = {});
  ~World();
  World(const World&) = delete;
  World& operator=(const World&) = delete;

  /// Plays at most `events_max` events; returns whether there is more to play.
  bool play(std::uint64_t events_max);
  [[nodiscard]] RunProgress progress() const;
  /// The result so far; the world can't be played any further. `version`, `scenario_hash` and `cost` are for the
  /// caller.
  [[nodiscard]] RunResult finish();

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace stp::sim
