// Datagrams: loss, latency, jitter, NATs, and the changes of misbehaving nodes.

#include <algorithm>

#include "sim/network/addresses.h"
#include "sim/world/world_impl.h"

namespace stp::sim {
namespace {

constexpr std::size_t kMappingsMax = 4096;  // remembered by one NAT before it forgets the expired ones

}  // namespace

void World::Impl::send_datagrams(Host& host) {
  while (std::optional<dht::Transmit> transmit = host.participant->node()->poll_transmit()) {
    Bytes bytes = std::move(transmit->payload);
    if (host.behaviour != Behaviour::honest) {
      bytes = dht_behaviour_.rewrite(host.behaviour, shares_[host.attacked].key(), std::move(bytes));
    }
    count_datagram(bytes);
    const std::optional<std::uint32_t> number = host_at(transmit->to.address);
    if (!number || *number >= hosts_.size() || transmit->to.port != kListenPort) continue;
    Host& to = *hosts_[*number];
    if (host.behind_nat) {
      if (host.mappings.size() >= kMappingsMax) {
        std::erase_if(host.mappings,
                      [&](const auto& entry) { return now_ - entry.second > scenario_.network.nat_mapping; });
      }
      host.mappings[to.number] = now_;
    }
    if (!connected(host, to) || (loss_ > 0 && network_.unit() < loss_)) continue;
    Duration delay = latency(host, to) + queueing(host);
    if (scenario_.network.jitter > 0) {
      delay += Duration(
          static_cast<std::int64_t>(static_cast<double>(delay.count()) * scenario_.network.jitter * network_.unit()));
    }
    push(delay, EventKind::datagram, to.number, datagrams_.put({host.number, std::move(bytes)}));
  }
}

void World::Impl::datagram_arrives(Host& host, std::uint32_t slot) {
  Datagram datagram = datagrams_.take(slot);
  hash_.add((std::uint64_t{datagram.from} << 32) | datagram.bytes.size());
  if (!host.online || host.participant->node() == nullptr) return;
  if (host.behind_nat) {
    const auto mapping = host.mappings.find(datagram.from);
    if (mapping == host.mappings.end() || now_ - mapping->second > scenario_.network.nat_mapping) return;
  }
  if (traced()) trace_datagram(host, datagram);
  datagram.bytes = dht_behaviour_.overhear(host.behaviour, std::move(datagram.bytes));
  host.participant->handle_datagram({address_of(datagram.from), kListenPort}, datagram.bytes, now_);
  settle(host);
}

void World::Impl::count_datagram(ByteSpan datagram) {
  const std::int64_t bytes = bytes_of_datagram(datagram);
  datagram_bytes_ += bytes;
  count_message(kind_of_datagram(datagram), bytes);
}

void World::Impl::trace_datagram(const Host& to, const Datagram& datagram) {
  trace(kMessageKinds[kind_of_datagram(datagram.bytes)], datagram.from, to.number, bytes_of_datagram(datagram.bytes));
}

}  // namespace stp::sim
