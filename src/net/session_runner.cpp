#include "net/session_runner.h"

#include <utility>

#include "net/engine.h"
#include "net/get_run.h"
#include "net/seed_run.h"

namespace stp::net {

struct SessionRunner::Impl {
  Impl(SessionOptions options, Observer& observer) : engine(std::move(options), observer) {}
  Engine engine;
};

SessionRunner::SessionRunner() = default;
SessionRunner::~SessionRunner() = default;

Result<std::unique_ptr<SessionRunner>> SessionRunner::open(SessionOptions options, Observer& observer) {
  std::unique_ptr<SessionRunner> runner(new SessionRunner());
  runner->impl_ = std::make_unique<Impl>(std::move(options), observer);
  if (Status bound = runner->impl_->engine.bind(); !bound) return bound.error();
  return runner;
}

Endpoint SessionRunner::listening() const {
  return impl_->engine.listening();
}

Result<Outcome> SessionRunner::run_seed(SeedJob job) {
  SeedRun run(impl_->engine, std::move(job));
  return impl_->engine.run(run);
}

Result<Outcome> SessionRunner::run_get(GetJob job) {
  GetRun run(impl_->engine, std::move(job));
  Result<Outcome> outcome = impl_->engine.run(run);
  if (!outcome || *outcome != Outcome::killed) run.clean_up();
  return outcome;
}

Result<Outcome> SessionRunner::run_node() {
  NodeRun run(impl_->engine);
  return impl_->engine.run(run);
}

void SessionRunner::interrupt() {
  impl_->engine.interrupt();
}

}  // namespace stp::net
