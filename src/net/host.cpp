#include "net/host.h"

#include <utility>

#include "net/engine.h"
#include "net/get_run.h"
#include "net/seed_run.h"

namespace stp::net {
namespace {

/// Passes everything on, and keeps the outcome.
class OutcomeKeeper final : public ShareObserver {
 public:
  explicit OutcomeKeeper(ShareObserver& observer) : observer_(observer) {}
  void on_metainfo(const content::Metainfo& metainfo) override { observer_.on_metainfo(metainfo); }
  void on_event(const transfer::SwarmEvent& event) override { observer_.on_event(event); }
  [[nodiscard]] bool wants_status() const override { return observer_.wants_status(); }
  void on_status(const ShareStatus& status) override { observer_.on_status(status); }
  void on_chunk(ByteSpan bytes) override { observer_.on_chunk(bytes); }
  void on_hashes(const content::ChunkHashes& hashes) override { observer_.on_hashes(hashes); }
  void on_transfer(std::int64_t had, std::int64_t wanted) override { observer_.on_transfer(had, wanted); }
  void on_complete() override { observer_.on_complete(); }
  void on_notice(const std::string& line) override { observer_.on_notice(line); }
  void on_ended(const Result<Outcome>& outcome) override {
    outcome_ = outcome;
    observer_.on_ended(outcome);
  }
  [[nodiscard]] const Result<Outcome>& outcome() const { return outcome_; }

 private:
  ShareObserver& observer_;
  Result<Outcome> outcome_ = Outcome::killed;
};

}  // namespace

struct Host::Impl {
  Impl(HostOptions options, HostObserver& observer) : engine(std::move(options), observer) {}

  template <class Run, class Job>
  ShareId add(Job job, ShareObserver& observer) {
    return engine.add([&](ShareId id) { return std::make_unique<Run>(engine, id, observer, std::move(job)); });
  }
  template <class Run, class Job>
  Result<Outcome> run_alone(Job job, ShareObserver& observer) {
    OutcomeKeeper keeper(observer);
    (void)add<Run>(std::move(job), keeper);
    if (engine.run(Engine::Until::all_ended) == Outcome::killed) return Outcome::killed;
    return keeper.outcome();
  }

  Engine engine;
};

Host::Host() = default;
Host::~Host() = default;

Result<std::unique_ptr<Host>> Host::open(HostOptions options, HostObserver& observer) {
  std::unique_ptr<Host> host(new Host());
  host->impl_ = std::make_unique<Impl>(std::move(options), observer);
  if (Status bound = host->impl_->engine.bind(); !bound) return bound.error();
  return host;
}

Endpoint Host::listening() const {
  return impl_->engine.listening();
}

ShareId Host::add(SeedJob job, ShareObserver& observer) {
  return impl_->add<SeedRun>(std::move(job), observer);
}

ShareId Host::add(GetJob job, ShareObserver& observer) {
  return impl_->add<GetRun>(std::move(job), observer);
}

void Host::remove(ShareId id) {
  impl_->engine.remove(id);
}

Outcome Host::run() {
  return impl_->engine.run(Engine::Until::interrupted);
}

Result<Outcome> Host::run_alone(SeedJob job, ShareObserver& observer) {
  return impl_->run_alone<SeedRun>(std::move(job), observer);
}

Result<Outcome> Host::run_alone(GetJob job, ShareObserver& observer) {
  return impl_->run_alone<GetRun>(std::move(job), observer);
}

void Host::interrupt() {
  impl_->engine.interrupt();
}

}  // namespace stp::net
