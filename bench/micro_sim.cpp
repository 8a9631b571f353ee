// The cost of a step of the simulator's engine: the future event list, the fluid solver, a draw.
#include <benchmark/benchmark.h>

#include <vector>

#include "core/rng.h"
#include "sim/engine/distribution.h"
#include "sim/engine/event_queue.h"
#include "sim/network/fluid.h"

namespace stp::sim {
namespace {

using namespace std::chrono_literals;

/// The hold model (Jones 1986): with this many events pending, take the first and put one back later.
void event_queue_hold(benchmark::State& state) {
  constexpr std::uint64_t kMeanNanoseconds = 1'000'000;
  const auto pending = static_cast<std::uint64_t>(state.range(0));
  Rng rng(1);
  EventQueue queue;
  const auto later = [&rng] { return Duration(static_cast<std::int64_t>(rng.below(2 * kMeanNanoseconds))); };
  for (std::uint64_t i = 0; i < pending; ++i) queue.push(Instant{} + later(), 0, 0, i);
  for (auto _ : state) {
    const Event event = queue.pop();
    queue.push(event.at + later(), event.kind, event.host, event.payload);
  }
  if (queue.size() != pending) state.SkipWithError("events got lost");
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK(event_queue_hold)->Arg(10'000)->Arg(100'000);

/// One of many flows stops and another starts, rates are settled after each: ten flows per host, links of four speeds.
class BusyNetwork {
 public:
  explicit BusyNetwork(std::size_t flows) {
    constexpr std::size_t kFlowsPerHost = 10;
    constexpr double kMegabit = 125'000;
    constexpr double kUplinks[] = {0.4, 1, 5, 20};
    const std::size_t hosts = flows / kFlowsPerHost;
    for (std::size_t i = 0; i < hosts; ++i) {
      const double up = kUplinks[rng_.below(std::size(kUplinks))] * kMegabit;
      up_.push_back(fluid_.add_link(rate_of(up)));
      down_.push_back(fluid_.add_link(rate_of(4 * up)));
    }
    for (std::size_t i = 0; i < flows; ++i) flows_.push_back(start());
    fluid_.settle(now_);
  }

  void replace_one() {
    Fluid::Flow& flow = flows_[rng_.below(flows_.size())];
    fluid_.close(flow, now_);
    fluid_.settle(now_);
    flow = start();
    fluid_.settle(now_);
  }
  [[nodiscard]] std::uint64_t levels_computed() const { return fluid_.levels_computed(); }

 private:
  Fluid::Flow start() {
    constexpr std::int64_t kEndless = std::int64_t{1} << 40;
    const Fluid::Link from = up_[rng_.below(up_.size())];
    const Fluid::Link to = down_[rng_.below(down_.size())];
    // Such a short round trip that no flow is held back by slow start: only sharing is timed.
    const Fluid::Flow flow = fluid_.open(from, to, 1ms, kRateUnlimited, 0);
    fluid_.send(flow, kEndless, 0, now_);
    return flow;
  }

  Rng rng_{1};
  const Instant now_{};
  Fluid fluid_;
  std::vector<Fluid::Link> up_;
  std::vector<Fluid::Link> down_;
  std::vector<Fluid::Flow> flows_;
};

void fluid_replace_one_flow(benchmark::State& state) {
  BusyNetwork network(static_cast<std::size_t>(state.range(0)));
  const std::uint64_t before = network.levels_computed();
  for (auto _ : state) network.replace_one();
  const auto levels = static_cast<double>(network.levels_computed() - before);
  state.counters["levels"] = levels / static_cast<double>(state.iterations());
}
BENCHMARK(fluid_replace_one_flow)->Arg(5'000)->Arg(50'000)->Unit(benchmark::kMicrosecond);

void draw_weibull(benchmark::State& state) {
  const Distribution kad = Distribution::weibull(0.5, 5000);
  Rng rng(1);
  for (auto _ : state) benchmark::DoNotOptimize(kad.draw(rng));
}
BENCHMARK(draw_weibull);

}  // namespace
}  // namespace stp::sim
