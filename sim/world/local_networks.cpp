// Local networks: who is on which, and what their hosts hear of each other.
//
// A host keeps its only address, which the others of its network reach without a router; its access link is that of the
// machine, and is used within the network too. A datagram to the group reaches each host there, less the network's loss.

#include <array>

#include "sim/network/addresses.h"
#include "sim/world/world_impl.h"

namespace stp::sim {

void World::Impl::join_lan(Host& host) {
  const LanSpec& lan = scenario_.groups[host.group].lan;
  if (!lan.any()) return;
  members_.resize(scenario_.groups.size());
  const std::uint32_t number = members_[host.group]++;
  const std::string name =
      lan.name.empty() ? std::to_string(host.group) + " " + std::to_string(number / lan.hosts) : lan.name;
  const auto [found, fresh] = lans_by_name_.try_emplace(name, static_cast<std::uint32_t>(lans_.size()));
  if (fresh) lans_.emplace_back();
  host.lan = found->second;
  lans_[host.lan].push_back(host.number);
}

void World::Impl::announce_locally(Host& host) {
  lan::LanDiscovery* const discovery = host.participant->lan();
  if (discovery == nullptr) return;
  while (const std::optional<lan::Transmit> transmit = discovery->poll_transmit()) {
    count_message(kLanAnnounce, bytes_of_datagram(transmit->payload));
    if (host.lan == kNoLan) continue;
    for (const std::uint32_t number : lans_[host.lan]) {
      const Host& to = *hosts_[number];
      if (number == host.number || !to.online || to.participant->lan() == nullptr) continue;
      if (!connected(host, to) || (loss_ > 0 && network_.unit() < loss_)) continue;
      push(kLanLatency + queueing(host), EventKind::lan_datagram, number,
           datagrams_.put({host.number, transmit->payload}));
    }
  }
  if (scenario_.check_invariants) discovery->check_invariants();
}

void World::Impl::lan_datagram_arrives(Host& host, std::uint32_t slot) {
  const Datagram datagram = datagrams_.take(slot);
  hash_.add((std::uint64_t{datagram.from} << 32) | datagram.bytes.size());
  if (!host.online || host.participant->lan() == nullptr) return;
  if (traced()) trace_datagram(host, datagram);
  constexpr unsigned kAnyAddress = 0;  // bits: only hosts of this network are heard
  const std::array<lan::Network, 1> here = {lan::Network{address_of(host.number), kAnyAddress}};
  host.participant->lan()->handle_datagram({address_of(datagram.from), lan::kGroupPort}, here, datagram.bytes, now_);
  settle(host);
}

}  // namespace stp::sim
