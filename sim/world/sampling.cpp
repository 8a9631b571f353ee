// Measurements: counters updated as things happen, and periodic samples.

#include <algorithm>

#include "sim/measure/figure.h"
#include "sim/network/addresses.h"
#include "sim/world/world_impl.h"

namespace stp::sim {
namespace {

// A sample examines at most this many hosts closely: its cost must not grow with the population.
constexpr std::size_t kInterestHosts = 100;
constexpr std::size_t kTableHosts = 50;

}  // namespace

void World::Impl::count_message(std::size_t kind, std::int64_t bytes) {
  ++message_counts_[kind].count;
  message_counts_[kind].bytes += static_cast<std::uint64_t>(bytes);
}

void World::Impl::collect_traffic() {
  for (std::size_t kind = 0; kind < message_counts_.size(); ++kind) {
    const MessageCount& now = message_counts_[kind];
    MessageCount& before = counts_at_last_sample_[kind];
    if (now.count == before.count) continue;
    result_.traffic.push_back({since_start(), {now.name, now.count - before.count, now.bytes - before.bytes}});
    before = now;
  }
}

void World::Impl::count_chunks(const Host& host, const HostShare& share, std::int32_t change) {
  const transfer::Swarm* const swarm = share.swarm;
  if (swarm == nullptr) return;
  const Bitfield& had = swarm->had();
  for (ChunkIndex c; c.value < had.size(); ++c) {
    if (!had.test(c)) continue;
    copies_[share.share][c.value] += static_cast<std::uint32_t>(change);
    count_leech_chunk(host, share.share, c.value, change > 0);
  }
}

void World::Impl::collect_messages() {
  for (const MessageCount& count : message_counts_) {
    if (count.count > 0) result_.messages.push_back(count);
  }
}

void World::Impl::sample() {
  push(scenario_.sample_every, EventKind::sample, 0, 0);
  Sample sample;
  sample.at = since_start();
  sample.online = online_peers_;
  sample.dht_nodes = static_cast<std::uint32_t>(node_ids_.size());
  sample.uplink_capacity = uplink_capacity_;
  sample.completed = leeches_complete_;
  sample.events = events_;
  sample.connections = static_cast<std::uint32_t>(connections_.in_use());
  sample.groups = group_samples_;
  for (const auto& host : hosts_) {
    if (host->group == kNoGroup || !host->is_peer()) continue;
    ++sample.groups[host->group].online;
    ++(host->has_everything() ? sample.seeds : sample.leeches);
  }
  const double seconds = seconds_of(sample.at - at_last_sample_.at);
  const auto rate = [seconds](std::int64_t now, std::int64_t before) {
    return static_cast<double>(now - before) / seconds;
  };
  sample.uploaded_rate = rate(payload_sent_, at_last_sample_.payload);
  sample.control_rate = rate(control_sent_, at_last_sample_.control);
  sample.datagram_rate = rate(datagram_bytes_, at_last_sample_.datagrams);
  at_last_sample_ = {payload_sent_, control_sent_, datagram_bytes_, sample.at};

  const std::vector<std::uint32_t>& copies = copies_[0];
  sample.copies_min = *std::min_element(copies.begin(), copies.end());
  std::uint64_t sum = 0;
  for (const std::uint32_t c : copies) sum += c;
  sample.copies_mean = static_cast<double>(sum) / static_cast<double>(copies.size());
  if (has_share_figures(scenario_)) sample_shares(sample);
  sample.interest = measure_interest();
  measure_tables(sample);
  result_.samples.push_back(sample);
  collect_traffic();
  look_for_stall();
}

void World::Impl::sample_shares(Sample& sample) const {
  for (const std::vector<std::uint32_t>& copies : copies_) {
    sample.shares.emplace_back().copies_min = *std::min_element(copies.begin(), copies.end());
  }
  for (const auto& host : hosts_) {
    if (!host->is_peer()) continue;
    for (const HostShare& share : host->shares) {
      if (share.swarm == nullptr) continue;
      ++(share.complete ? sample.shares[share.share].seeds : sample.shares[share.share].leeches);
    }
  }
}

double World::Impl::measure_interest() {
  std::vector<const transfer::Swarm*> leeches;
  for (const auto& host : hosts_) {
    if (host->group == kNoGroup || !host->is_peer() || host->behaviour != Behaviour::honest) continue;
    for (const HostShare& share : host->shares) {
      const transfer::Swarm* const swarm = share.swarm;
      if (swarm != nullptr && swarm->phase() == transfer::Phase::chunks) leeches.push_back(swarm);
    }
  }
  if (leeches.size() > kInterestHosts) {
    sampling_.shuffle(std::span(leeches));
    leeches.resize(kInterestHosts);
  }
  std::uint64_t pairs = 0;
  std::uint64_t interested = 0;
  for (const transfer::Swarm* swarm : leeches) {
    for (const transfer::PeerStatus& peer : swarm->peers(now_)) {
      if (peer.has_all) continue;  // seeds are always interesting
      ++pairs;
      interested += peer.interested_in_it;
    }
  }
  return pairs == 0 ? 0 : static_cast<double>(interested) / static_cast<double>(pairs);
}

void World::Impl::measure_tables(Sample& sample) {
  std::vector<std::uint32_t> nodes;
  for (const auto& [id, host] : node_ids_) nodes.push_back(host);
  if (nodes.size() > kTableHosts) {
    sampling_.shuffle(std::span(nodes));
    nodes.resize(kTableHosts);
  }
  std::uint64_t entries = 0;
  std::uint64_t stale = 0;
  for (const std::uint32_t number : nodes) {
    for (const dht::NodeContact& contact : hosts_[number]->participant->node()->table(dht::Family::v4).contacts()) {
      ++entries;
      const std::optional<std::uint32_t> at = host_at(contact.endpoint.address);
      stale += !at || *at >= hosts_.size() || !hosts_[*at]->online;
    }
  }
  if (!nodes.empty()) sample.table_size = static_cast<double>(entries) / static_cast<double>(nodes.size());
  if (entries > 0) sample.table_stale = static_cast<double>(stale) / static_cast<double>(entries);
}

}  // namespace stp::sim
