#include "sim/runner/sweep_workers.h"

#include "sim/runner/played_run.h"

namespace stp::sim {

Status LocalWorkers::start(RunOrder order) {
  const std::uint64_t id = order.id;
  return pool_.start(id, [order = std::move(order)] { return play_for_sweep(order.scenario, order.seed); });
}

std::optional<RunAnswer> LocalWorkers::wait(std::chrono::milliseconds timeout) {
  std::optional<ChildResult> child = pool_.wait(timeout);
  if (!child) return std::nullopt;
  return RunAnswer{child->id, child->ok, std::move(child->answer), std::move(child->why)};
}

}  // namespace stp::sim
