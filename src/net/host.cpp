#include "net/host.h"

#include <utility>

#include "net/control_socket.h"
#include "net/engine.h"
#include "net/folder_job.h"
#include "net/get_run.h"
#include "net/seed_run.h"
#include "net/task_queue.h"

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

FolderTotals Host::totals(FolderId id) const {
  return impl_->engine.folder_totals(id);
}

std::optional<ShareStatus> Host::status(ShareId id) const {
  return impl_->engine.status(id);
}

std::vector<transfer::PeerStatus> Host::peers(ShareId id) const {
  return impl_->engine.peers(id);
}

HostStatus Host::host_status() const {
  return impl_->engine.host_status();
}

transfer::ChunkMap Host::chunk_map(ShareId id, std::size_t cells_max) const {
  return impl_->engine.chunk_map(id, cells_max);
}

ChunkSets Host::chunk_sets(ShareId id) const {
  return impl_->engine.chunk_sets(id);
}

std::optional<SharedOfFolder> Host::shared_of(FolderId id, const InfoHash& info_hash) const {
  return impl_->engine.shared_of(id, info_hash);
}

std::unique_ptr<BodySource> Host::read_file(ShareId id, std::size_t file, std::int64_t begin, std::int64_t end) {
  return impl_->engine.read_file(id, file, begin, end);
}

std::unique_ptr<BodySource> Host::read_finished(std::shared_ptr<const content::FinishedFile> file, std::int64_t begin,
                                                std::int64_t end) {
  return impl_->engine.read_finished(std::move(file), begin, end);
}

const dht::Node* Host::dht_node() const {
  return impl_->engine.dht_node();
}

void Host::set_limits(std::int64_t up, std::int64_t down) {
  impl_->engine.set_limits(up, down);
}

std::optional<std::string> Host::name_of(const SwarmKey& key) const {
  return impl_->engine.name_of(key);
}

HostSettings Host::settings() const {
  return impl_->engine.settings();
}

Status Host::change(const HostChanges& changes) {
  return impl_->engine.change(changes);
}

void Host::post(std::function<void()> work) {
  impl_->engine.post(std::move(work));
}

std::unique_ptr<TaskPool> Host::make_task_pool(std::size_t threads) {
  return std::make_unique<TaskPool>(impl_->engine.io(), threads);
}

Result<std::unique_ptr<ControlSocket>> Host::open_control(const std::filesystem::path& socket,
                                                          ControlHandler& handler) {
  return ControlSocket::open(impl_->engine.io(), socket, handler);
}

Result<std::unique_ptr<ControlSocket>> Host::open_web(const Endpoint& listen, ControlHandler& handler,
                                                      Audience audience) {
  return ControlSocket::open(impl_->engine.io(), listen, handler,
                             audience == Audience::owner ? ControlSocket::OwnerLookup(loopback_owner) : nullptr);
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
