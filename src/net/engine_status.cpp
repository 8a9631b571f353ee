// net::Engine: what it can say of itself and its shares, and the readers of their files.
#include <memory>
#include <utility>

#include "net/clock.h"
#include "net/engine.h"
#include "net/finished_reader.h"
#include "net/share_run.h"

namespace stp::net {

HostStatus Engine::host_status() const {
  HostStatus status;
  if (!participant_) return status;
  const Instant now = steady_now();
  if (const dht::Node* const node = participant_->node()) {
    const dht::NodeStatus of_node = node->status(now);
    status.dht_nodes = static_cast<std::uint32_t>(node->nodes());
    status.seen_v4 = of_node.external[dht::index_of(dht::Family::v4)];
    status.seen_v6 = of_node.external[dht::index_of(dht::Family::v6)];
    status.stranger_reached_us = discovery_->stranger_reached_us();
  }
  status.dht = participant_->node_status(now);
  if (router_) status.router = router_->status();
  return status;
}

std::optional<ShareStatus> Engine::status(ShareId id) const {
  const auto found = runs_.find(id);
  if (!participant_ || found == runs_.end()) return std::nullopt;
  return found->second->status();
}

std::vector<transfer::PeerStatus> Engine::peers(ShareId id) const {
  const transfer::Swarm* const swarm = participant_ ? std::as_const(*participant_).swarm(id) : nullptr;
  return swarm != nullptr ? swarm->peers(steady_now()) : std::vector<transfer::PeerStatus>();
}

transfer::ChunkMap Engine::chunk_map(ShareId id, std::size_t cells_max) const {
  const transfer::Swarm* const swarm = participant_ ? std::as_const(*participant_).swarm(id) : nullptr;
  return swarm != nullptr ? transfer::chunk_map(*swarm, cells_max) : transfer::ChunkMap();
}

ChunkSets Engine::chunk_sets(ShareId id) const {
  const transfer::Swarm* const swarm = participant_ ? std::as_const(*participant_).swarm(id) : nullptr;
  return swarm != nullptr ? ChunkSets{swarm->had(), swarm->wanted()} : ChunkSets();
}

std::unique_ptr<BodySource> Engine::read_file(ShareId id, std::size_t file, std::int64_t begin, std::int64_t end) {
  const auto found = runs_.find(id);
  return participant_ && found != runs_.end() ? found->second->read_file(file, begin, end) : nullptr;
}

std::unique_ptr<BodySource> Engine::read_finished(std::shared_ptr<const content::FinishedFile> file, std::int64_t begin,
                                                  std::int64_t end) {
  return std::make_unique<FinishedReader>(FileReaders::Pools{io_, disk_, connection_parts_.pool}, *tasks_,
                                          std::move(file), begin, end);
}

const dht::Node* Engine::dht_node() const {
  return participant_ ? std::as_const(*participant_).node() : nullptr;
}

std::optional<std::string> Engine::name_of(const SwarmKey& key) const {
  const std::optional<ShareId> id = participant_ ? participant_->find(key) : std::nullopt;
  const auto found = id ? runs_.find(*id) : runs_.end();
  return found == runs_.end() ? std::nullopt : std::optional(found->second->name());
}

}  // namespace stp::net
