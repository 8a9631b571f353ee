// A network without sockets: hosts that run the production cores against each other in virtual time.
//
// Events happen in the order of (time, sequence), so a run is determined by its seed. Messages take one latency; chunk
// data also waits for its turn on the sender's uplink. Payload does not exist: a block is its hash. Datagrams may be
// lost, and take longer between some hosts than between others. The tests of the DHT (unit/dht/dht_network.h), of
// swarms and of whole sessions run on it.
#pragma once

#include <algorithm>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <unordered_map>
#include <utility>
#include <vector>

#include "core/rng.h"
#include "support/virtual_share.h"
#include "transfer/swarm.h"

namespace stp::test {

struct Datagram {
  Endpoint to;
  Bytes bytes;
};

/// One machine: a swarm core and, through the hooks, anything else that has to be driven with it.
struct VirtualHost {
  Endpoint at;
  std::optional<Endpoint> also_at;             // of the other family
  std::unique_ptr<transfer::Swarm> own_swarm;  // or somebody else's, in `swarm`
  transfer::Swarm* swarm = nullptr;
  const VirtualShare* share = nullptr;

  std::function<void(Instant)> on_timeout;               // default: swarm->handle_timeout
  std::function<std::optional<Instant>()> next_timeout;  // default: swarm->next_timeout
  std::function<void(const Endpoint&, ByteSpan, Instant)> on_datagram;
  std::function<std::optional<Datagram>()> poll_datagram;
  std::function<void(Instant)> settle;

  double uplink = 10e6;  // bytes per second
  bool alive = true;
  bool reachable = true;                 // by peers that dial
  std::optional<IpAddress> seen_as;      // where its connections come from, if not `at`
  bool lies = false;                     // sends wrong blocks
  std::optional<std::uint32_t> lies_in;  // only in every eighth block, from this one on
  std::uint32_t lies_once_in = 1;        // not in all of those blocks, but in one of so many
  std::uint32_t may_lie = 0;             // blocks sent that count for this
  bool deaf = false;                     // serves nothing that is requested
  Duration write_time = std::chrono::milliseconds(1);
  std::optional<Error> disk_error;                              // writes fail with this
  std::optional<Error> read_error;                              // reads do
  std::optional<Error> hash_error;                              // and reads of whole chunks
  std::map<ChunkIndex, std::map<std::uint32_t, Hash256>> disk;  // blocks kept of chunks that are to be hashed
  std::uint32_t hashed = 0;                                     // chunks

  Instant uplink_free;
  std::int64_t payload_sent = 0;
  bool completed = false;
  std::uint32_t chunks_completed = 0;
  std::uint32_t told_full = 0;
  std::uint32_t probes = 0;
  std::vector<std::string> banned;
  std::vector<std::string> troubles;
  std::uint32_t dials = 0;
  std::uint64_t datagrams_in = 0;
  std::map<transfer::PeerHandle, std::pair<std::size_t, transfer::PeerHandle>> links;
};

class VirtualNetwork {
 public:
  explicit VirtualNetwork(std::uint64_t seed) : rng_(seed) {}

  /// Hosts are never moved. The default endpoint is 127.0.0.1 with its own port. Nothing is driven before touch().
  VirtualHost& add_host() {
    auto host = std::make_unique<VirtualHost>();
    host->at = {IpAddress::v4(0x7f000001), static_cast<Port>(10000 + hosts_.size())};
    hosts_.push_back(std::move(host));
    return *hosts_.back();
  }
  [[nodiscard]] VirtualHost& host(std::size_t i) { return *hosts_[i]; }
  [[nodiscard]] std::size_t size() const { return hosts_.size(); }
  [[nodiscard]] Instant now() const { return now_; }
  [[nodiscard]] std::uint64_t trace_hash() const { return trace_; }
  [[nodiscard]] std::uint64_t events() const { return sequence_; }
  Rng& rng() { return rng_; }
  Duration latency = std::chrono::milliseconds(20);
  /// The latency of datagrams from one endpoint to another; empty: `latency`.
  std::function<Duration(const Endpoint&, const Endpoint&)> datagram_latency;
  /// The fraction of all datagrams that is lost.
  double datagram_loss = 0;
  /// No datagram passes between two hosts for which this gives different results; empty: all pass.
  std::function<bool(std::size_t)> half;
  bool check_every_event = false;

  void at(Instant when, std::function<void()> what) {
    queue_.push_back({when, ++sequence_, std::move(what)});
    std::push_heap(queue_.begin(), queue_.end(), later);
  }

  /// Call it after anything was done to a host from outside.
  void touch(std::size_t i) { drain(i); }

  /// Cuts the host off: connections break, datagrams vanish.
  void kill(std::size_t i) {
    hosts_[i]->alive = false;
    const auto links = hosts_[i]->links;
    for (const auto& [handle, other] : links) unlink(i, handle, "connection reset", true);
  }

  /// The host is back, with the state that it had.
  void revive(std::size_t i) {
    hosts_[i]->alive = true;
    armed_[i].reset();
    drain(i);
  }

  /// The host has a new address from now on, and knows it. The other ends of its connections are not notified.
  void move(std::size_t i, const Endpoint& to) {
    hosts_[i]->at = to;
    for (const auto& [handle, other] : std::exchange(hosts_[i]->links, {})) {
      hosts_[i]->swarm->handle_disconnected(handle, "our address is gone", now_);
    }
    hosts_[i]->swarm->handle_network_change(now_);
    drain(i);
  }

  /// The host's machine sleeps: it handles nothing, and packets to it are lost.
  void fall_asleep(std::size_t i) { hosts_[i]->alive = false; }
  void wake_up(std::size_t i) {
    hosts_[i]->alive = true;
    armed_[i].reset();
    hosts_[i]->swarm->handle_woken(now_);
    hosts_[i]->swarm->handle_network_change(now_);
    drain(i);
  }

  /// Sends a datagram, whoever it claims to be from.
  void send(const Endpoint& from, Datagram datagram) {
    const std::optional<std::size_t> target = host_at(datagram.to);
    if (!target || rng_of_loss_.unit() < datagram_loss) return;
    const std::optional<std::size_t> source = half ? host_at(from) : std::nullopt;
    if (source && half(*source) != half(*target)) return;
    const Duration takes = datagram_latency ? datagram_latency(from, datagram.to) : latency;
    at(now_ + takes, [this, from, d = std::move(datagram)] {
      const std::optional<std::size_t> i = host_at(d.to);
      if (!i || !hosts_[*i]->alive || !hosts_[*i]->on_datagram) return;
      ++hosts_[*i]->datagrams_in;
      mix(*i);
      for (const std::byte b : d.bytes) mix(std::to_integer<std::uint64_t>(b));
      hosts_[*i]->on_datagram(from, d.bytes, now_);
      drain(*i);
    });
  }

  /// Runs until `done`, or until `deadline` of virtual time. Returns whether `done` held.
  bool run_until(const std::function<bool()>& done, Duration deadline) {
    const Instant end = now_ + deadline;
    while (!done()) {
      if (queue_.empty() || queue_.front().when > end) {
        now_ = end;
        return false;
      }
      std::pop_heap(queue_.begin(), queue_.end(), later);
      const Scheduled event = std::move(queue_.back());
      queue_.pop_back();
      now_ = event.when;
      event.what();
    }
    return true;
  }

 private:
  using Handle = transfer::PeerHandle;
  struct Scheduled {
    Instant when;
    std::uint64_t sequence;
    std::function<void()> what;
  };
  static bool later(const Scheduled& a, const Scheduled& b) {
    return a.when != b.when ? a.when > b.when : a.sequence > b.sequence;
  }

  std::optional<std::size_t> host_at(const Endpoint& endpoint) {
    const auto is_at = [&](std::size_t i) { return hosts_[i]->at == endpoint || hosts_[i]->also_at == endpoint; };
    const auto known = last_at_.find(endpoint);
    if (known != last_at_.end() && is_at(known->second)) return known->second;
    for (std::size_t i = 0; i < hosts_.size(); ++i) {
      if (!is_at(i)) continue;
      last_at_[endpoint] = i;
      return i;
    }
    return std::nullopt;
  }

  void drain(std::size_t i) {
    VirtualHost& host = *hosts_[i];
    if (!host.alive) return;
    if (host.settle) host.settle(now_);
    while (auto action = host.swarm != nullptr ? host.swarm->poll_action() : std::nullopt) {
      std::visit([&](auto& a) { act(i, a); }, *action);
    }
    while (auto event = host.swarm != nullptr ? host.swarm->poll_event() : std::nullopt) {
      std::visit([&](auto& e) { note(i, e); }, *event);
    }
    while (auto datagram = host.poll_datagram ? host.poll_datagram() : std::nullopt) {
      const bool v4 = datagram->to.address.is_v4();
      if (host.at.address.is_v4() == v4) {
        send(host.at, *std::move(datagram));
      } else if (host.also_at && host.also_at->address.is_v4() == v4) {
        send(*host.also_at, *std::move(datagram));
      }
    }
    if (check_every_event && host.swarm != nullptr) host.swarm->check_invariants();
    arm(i);
  }

  void arm(std::size_t i) {
    VirtualHost& host = *hosts_[i];
    const std::optional<Instant> due = host.next_timeout       ? host.next_timeout()
                                       : host.swarm != nullptr ? host.swarm->next_timeout()
                                                               : std::nullopt;
    if (!due) return;
    const Instant when = std::max(*due, now_);
    // An earlier wake-up than this one is already armed: it will arm the next.
    std::optional<Instant>& armed = armed_[i];
    if (armed && *armed <= when) return;
    armed = when;
    at(when, [this, i, when] {
      if (armed_[i] != when) return;
      armed_[i].reset();
      VirtualHost& woken = *hosts_[i];
      if (!woken.alive) return;
      if (woken.on_timeout) {
        woken.on_timeout(now_);
      } else {
        woken.swarm->handle_timeout(now_);
      }
      drain(i);
    });
  }

  void mix(std::uint64_t value) {
    trace_ = (trace_ ^ value ^ static_cast<std::uint64_t>(now_.time_since_epoch().count())) * 0x100000001b3;
  }

  void act(std::size_t i, const transfer::Connect& connect) {
    ++hosts_[i]->dials;
    at(now_ + latency, [this, i, connect] {
      VirtualHost& dialler = *hosts_[i];
      if (!dialler.alive) return;
      for (std::size_t j = 0; j < hosts_.size(); ++j) {
        VirtualHost& target = *hosts_[j];
        if (target.at != connect.endpoint || !target.alive || !target.reachable || target.swarm == nullptr) continue;
        const Endpoint from{dialler.seen_as.value_or(dialler.at.address), static_cast<Port>(50000 + rng_.below(10000))};
        const std::optional<Handle> accepted = target.swarm->handle_incoming(from, now_);
        if (!accepted) break;
        target.links[*accepted] = {i, connect.peer};
        dialler.links[connect.peer] = {j, *accepted};
        dialler.swarm->handle_connected(connect.peer, now_);
        drain(j);
        drain(i);
        return;
      }
      dialler.swarm->handle_disconnected(connect.peer, "connection refused", now_);
      drain(i);
    });
  }

  void act(std::size_t i, const transfer::Close& close) { unlink(i, close.peer, "closed by the other side", false); }

  void unlink(std::size_t i, Handle handle, const std::string& why, bool broken) {
    const auto link = hosts_[i]->links.find(handle);
    if (link == hosts_[i]->links.end()) return;
    const auto [j, other] = link->second;
    hosts_[i]->links.erase(link);
    // What was sent before still arrives, unless the machine is gone.
    at(now_ + (broken ? Duration{} : latency), [this, j = j, other = other, why] {
      if (hosts_[j]->links.erase(other) == 0 || !hosts_[j]->alive) return;
      hosts_[j]->swarm->handle_disconnected(other, why, now_);
      drain(j);
    });
  }

  void act(std::size_t i, transfer::Send& send) {
    const auto link = hosts_[i]->links.find(send.peer);
    if (link == hosts_[i]->links.end()) return;
    const auto [j, other] = link->second;
    at(now_ + latency, [this, j = j, other = other, message = std::move(send.message)]() mutable {
      mix(message.index());
      if (!hosts_[j]->alive || !hosts_[j]->links.contains(other)) return;
      hosts_[j]->swarm->handle_message(other, std::move(message), now_);
      drain(j);
    });
  }

  // If the other end is gone, no answer comes; otherwise the probe has no effect.
  void act(std::size_t i, const transfer::Probe& probe) {
    ++hosts_[i]->probes;
    const auto link = hosts_[i]->links.find(probe.peer);
    if (link != hosts_[i]->links.end()) {
      const auto [j, other] = link->second;
      if (hosts_[j]->alive && hosts_[j]->links.contains(other)) return;
    }
    at(now_ + std::chrono::seconds(10), [this, i, peer = probe.peer] {
      if (!hosts_[i]->alive) return;
      hosts_[i]->links.erase(peer);
      hosts_[i]->swarm->handle_disconnected(peer, "no answer", now_);
      drain(i);
    });
  }

  static std::vector<Hash256> leaves_of(VirtualHost& host, const BlockRun& run) {
    const std::vector<Hash256>& chunk = host.share->leaves[run.chunk.value];
    std::vector<Hash256> leaves(chunk.begin() + run.first, chunk.begin() + run.first + run.count);
    for (std::uint32_t b = 0; b < run.count && host.lies; ++b) {
      const bool may = !host.lies_in || *host.lies_in == (run.first + b) % 8;
      if (may && ++host.may_lie % host.lies_once_in == 0) leaves[b].bytes[0] ^= std::byte{1};
    }
    return leaves;
  }

  void act(std::size_t i, const transfer::SendBlocks& send) {
    VirtualHost& host = *hosts_[i];
    const auto link = host.links.find(send.peer);
    if (link == host.links.end() || host.deaf) return;
    if (host.read_error) {
      at(now_, [this, i, send, error = *host.read_error] {
        hosts_[i]->swarm->handle_read_failed(send.peer, send.run, error, now_);
        drain(i);
      });
      return;
    }
    const auto [j, other] = link->second;
    const std::int64_t bytes = host.share->metainfo->bytes_of(send.run);
    host.payload_sent += bytes;
    host.uplink_free = std::max(host.uplink_free, now_) +
                       Duration(static_cast<std::int64_t>(static_cast<double>(bytes) / host.uplink * 1e9));
    at(host.uplink_free, [this, i, send] {
      if (!hosts_[i]->alive) return;
      hosts_[i]->swarm->handle_blocks_sent(send.peer, send.run, now_);
      drain(i);
    });
    at(host.uplink_free + latency, [this, j = j, other = other, run = send.run, leaves = leaves_of(host, send.run)] {
      mix(run.chunk.value * 1000003ULL + run.first);
      VirtualHost& to = *hosts_[j];
      if (!to.alive || !to.links.contains(other)) return;
      if (to.swarm->handle_data(other, run, leaves, now_) == transfer::DataVerdict::keep) {
        for (std::uint32_t b = 0; to.share->metainfo->has_v1() && b < run.count; ++b) {
          to.disk[run.chunk][run.first + b] = leaves[b];
        }
        at(now_ + to.write_time, [this, j, run] {
          VirtualHost& writer = *hosts_[j];
          if (!writer.alive) return;
          if (writer.disk_error) {
            writer.swarm->handle_write_failed(run, *writer.disk_error, now_);
          } else {
            writer.swarm->handle_written(run, now_);
          }
          drain(j);
        });
      }
      drain(j);
    });
  }

  void act(std::size_t /*i*/, const transfer::OpenWebSeed& /*open*/) {}  // no test has web seeds here
  void act(std::size_t i, const transfer::SendLeaves& send) {
    VirtualHost& host = *hosts_[i];
    wire::Hashes answer{send.request, host.share->leaves[send.run.chunk.value]};
    answer.hashes.resize(send.request.count);
    transfer::Send reply{send.peer, std::move(answer)};
    act(i, reply);
    at(now_ + latency, [this, i, peer = send.peer] { hosts_[i]->swarm->handle_leaves_sent(peer, now_); });
  }

  void act(std::size_t i, const transfer::HashChunk& hash) {
    at(now_ + hosts_[i]->write_time, [this, i, chunk = hash.chunk] {
      VirtualHost& host = *hosts_[i];
      if (!host.alive) return;
      ++host.hashed;
      if (host.hash_error) {
        host.swarm->handle_hash_failed(chunk, *host.hash_error, now_);
      } else {
        const std::vector<Hash256>& right = host.share->leaves[chunk.value];
        bool same = host.disk[chunk].size() == right.size();
        for (const auto& [block, leaf] : host.disk[chunk]) same = same && leaf == right[block];
        host.swarm->handle_hashed(chunk, {{}, true, same}, now_);
      }
      drain(i);
    });
  }

  void note(std::size_t /*i*/, const transfer::WebSeedTrouble& /*trouble*/) {}
  void note(std::size_t i, const transfer::MetainfoKnown& known) {
    VirtualHost& host = *hosts_[i];
    const std::uint32_t chunks = known.metainfo->chunk_count();
    host.swarm->start_content(std::nullopt, Bitfield(chunks), Bitfield(chunks, true), now_);
    drain(i);
  }
  void note(std::size_t, const transfer::HashesKnown&) {}
  void note(std::size_t i, const transfer::ShareUnusable& e) { hosts_[i]->troubles.push_back(e.error.message); }
  void note(std::size_t i, const transfer::ChunkCompleted&) { ++hosts_[i]->chunks_completed; }
  void note(std::size_t i, const transfer::Completed&) { hosts_[i]->completed = true; }
  void note(std::size_t i, const transfer::PeerBanned& e) { hosts_[i]->banned.push_back(e.reason); }
  void note(std::size_t i, const transfer::PeerTrouble& e) { hosts_[i]->troubles.push_back(e.reason); }
  void note(std::size_t /*i*/, const transfer::ChunkBack& /*e*/) {}
  void note(std::size_t i, const transfer::ChunkLost& e) { hosts_[i]->troubles.push_back(e.reason); }
  void note(std::size_t i, const transfer::Full&) { ++hosts_[i]->told_full; }

  Rng rng_;
  Rng rng_of_loss_ = rng_.fork("loss");
  Instant now_{std::chrono::hours(1)};
  std::uint64_t sequence_ = 0;
  std::uint64_t trace_ = 0xcbf29ce484222325;
  std::vector<Scheduled> queue_;  // a heap, the earliest in front
  std::unordered_map<Endpoint, std::size_t, EndpointHash> last_at_;
  std::map<std::size_t, std::optional<Instant>> armed_;
  std::vector<std::unique_ptr<VirtualHost>> hosts_;
};

}  // namespace stp::test
