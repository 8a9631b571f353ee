#include "net/host.h"

#include <utility>

#include "net/engine.h"
#include "net/get_run.h"
#include "net/seed_run.h"

namespace stp::net {

struct Host::Impl {
  Impl(HostOptions options, Observer& observer) : engine(std::move(options), observer) {}
  Engine engine;
};

Host::Host() = default;
Host::~Host() = default;

Result<std::unique_ptr<Host>> Host::open(HostOptions options, Observer& observer) {
  std::unique_ptr<Host> host(new Host());
  host->impl_ = std::make_unique<Impl>(std::move(options), observer);
  if (Status bound = host->impl_->engine.bind(); !bound) return bound.error();
  return host;
}

Endpoint Host::listening() const {
  return impl_->engine.listening();
}

Result<Outcome> Host::run_seed(SeedJob job) {
  SeedRun run(impl_->engine, std::move(job));
  return impl_->engine.run(run);
}

Result<Outcome> Host::run_get(GetJob job) {
  GetRun run(impl_->engine, std::move(job));
  Result<Outcome> outcome = impl_->engine.run(run);
  if (!outcome || *outcome != Outcome::killed) run.clean_up();
  return outcome;
}

Result<Outcome> Host::run_node() {
  NodeRun run(impl_->engine);
  return impl_->engine.run(run);
}

void Host::interrupt() {
  impl_->engine.interrupt();
}

}  // namespace stp::net
