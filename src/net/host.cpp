#include "net/host.h"

#include <utility>

#include "net/engine.h"
#include "net/folder_job.h"
#include "net/get_run.h"
#include "net/seed_run.h"

namespace stp::net {
struct Host::Impl {
  Impl(HostOptions options, HostObserver& observer) : engine(std::move(options), observer) {}

  template <class Run, class Job>
  ShareId add(Job job, ShareObserver& observer) {
    return engine.add([&](ShareId id) { return std::make_unique<Run>(engine, id, observer, std::move(job)); });
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

portmap::RouterStatus Host::ask_router(Duration limit) {
  return impl_->engine.ask_router(limit);
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

FolderId Host::add(FolderJob job, FolderObserver& observer) {
  return impl_->engine.add_folder(std::move(job), observer);
}

void Host::remove(FolderId id) {
  impl_->engine.remove_folder(id);
}

Outcome Host::run() {
  return impl_->engine.run(Engine::Until::interrupted);
}

Outcome Host::run_until_ended() {
  return impl_->engine.run(Engine::Until::all_ended);
}

void Host::interrupt() {
  impl_->engine.interrupt();
}

}  // namespace stp::net
