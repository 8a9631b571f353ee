// A network of real dht::Nodes in one process and virtual time: an event queue ordered by time, then by sequence.
//
// Latency is fixed for a pair of hosts: half a log-normal round trip (median rtt_median, shape rtt_sigma), so that some
// pairs are always slow. Loss strikes each datagram on its own. A killed host receives and sends nothing. Everything is
// decided by the seed; trace() is a running hash over every datagram delivered.
#pragma once

#include <cmath>
#include <functional>
#include <memory>
#include <queue>
#include <unordered_map>
#include <vector>

#include "core/result.h"
#include "dht/dht_discovery.h"
#include "dht/node.h"

namespace stp::dht::test {

struct NetworkConfig {
  std::uint64_t seed = 1;
  double rtt_median_seconds = 0.1;
  double rtt_sigma = 0.5;
  double loss = 0;
};

class VirtualNetwork {
 public:
  struct Host {
    std::vector<Endpoint> endpoints;  // one a family
    std::unique_ptr<Rng> rng;
    std::unique_ptr<Node> node;
    std::unique_ptr<DhtDiscovery> discovery;
    bool alive = true;
    Instant armed = kNever;
    std::uint64_t datagrams_in = 0;
  };

  explicit VirtualNetwork(const NetworkConfig& config)
      : config_(config), rng_(config.seed), loss_rng_(rng_.fork("loss")) {}

  [[nodiscard]] Instant now() const { return now_; }
  [[nodiscard]] std::uint64_t trace() const { return trace_; }
  [[nodiscard]] std::uint64_t events() const { return sequence_; }
  [[nodiscard]] std::size_t size() const { return hosts_.size(); }
  [[nodiscard]] Host& host(std::size_t i) { return *hosts_[i]; }
  [[nodiscard]] Node& node(std::size_t i) { return *hosts_[i]->node; }
  [[nodiscard]] DhtDiscovery& discovery(std::size_t i) { return *hosts_[i]->discovery; }

  /// 127.0.0.1 with a port of its own, or [::1] likewise.
  [[nodiscard]] static Endpoint loopback(std::size_t i, Family family = Family::v4) {
    const char* text = family == Family::v4 ? "127.0.0.1" : "::1";
    return {*IpAddress::parse(text), static_cast<Port>(10000 + i)};
  }

  std::size_t add(const std::vector<Endpoint>& endpoints, NodeConfig config = {}) {
    auto host = std::make_unique<Host>();
    host->endpoints = endpoints;
    config.ipv4 = config.ipv6 = false;
    for (const Endpoint& endpoint : endpoints) {
      (endpoint.address.is_v4() ? config.ipv4 : config.ipv6) = true;
      by_endpoint_[endpoint] = hosts_.size();
    }
    host->rng = std::make_unique<Rng>(rng_.next());
    host->node = std::make_unique<Node>(config, *host->rng, now_);
    host->discovery = std::make_unique<DhtDiscovery>(*host->node, *host->rng);
    hosts_.push_back(std::move(host));
    return hosts_.size() - 1;
  }
  std::size_t add(Family family = Family::v4, const NodeConfig& config = {}) {
    return add({loopback(hosts_.size(), family)}, config);
  }
  /// Adds a host that enters through host `through`.
  std::size_t join(std::size_t through, Family family = Family::v4, const NodeConfig& config = {}) {
    const std::size_t i = add(family, config);
    EXPECT_TRUE(node(i).add_bootstrap(hosts_[through]->endpoints.front(), now_));
    settle(i);
    return i;
  }

  /// `count` hosts that enter through the first, `gap` apart.
  void grow(std::size_t count, Duration gap, Family family = Family::v4) {
    for (std::size_t i = 0; i < count; ++i) {
      if (hosts_.empty()) {
        settle(add(family));
      } else {
        join(0, family);
      }
      run_for(gap);
    }
  }

  void kill(std::size_t i) { hosts_[i]->alive = false; }
  /// From now on nothing passes between hosts for which `half` differs; nullptr: everything does.
  void split(std::function<bool(std::size_t)> half) { half_ = std::move(half); }

  /// Sends what host `i` wants sent and arms its timer. Call after every direct use of a node.
  void settle(std::size_t i) {
    Host& host = *hosts_[i];
    if (!host.alive) return;
    while (std::optional<Transmit> transmit = host.node->poll_transmit()) {
      for (const Endpoint& from : host.endpoints) {
        if (family_of(from) == family_of(transmit->to)) send(from, transmit->to, std::move(transmit->payload));
      }
    }
    Instant due = host.node->next_timeout().value_or(kNever);
    due = earlier(due, host.discovery->next_timeout().value_or(kNever));
    if (due == kNever || due >= host.armed) return;
    host.armed = std::max(due, now_);
    push({host.armed, 0, i, {}, {}, true});
  }

  /// Puts a datagram on its way, whoever it claims to be from.
  void send(const Endpoint& from, const Endpoint& to, Bytes payload) {
    const auto target = by_endpoint_.find(to);
    if (target == by_endpoint_.end() || loss_rng_.unit() < config_.loss) return;
    const auto source = by_endpoint_.find(from);
    if (half_ && source != by_endpoint_.end() && half_(source->second) != half_(target->second)) return;
    push({now_ + latency(from, to), 0, target->second, from, std::move(payload), false});
  }

  void run_until(Instant end) {
    while (!queue_.empty() && queue_.top().at <= end) step();
    now_ = std::max(now_, end);
  }
  void run_for(Duration duration) { run_until(now_ + duration); }
  /// Runs until `done`, at most for `limit`; whether it was reached.
  bool run_until(const std::function<bool()>& done, Duration limit) {
    const Instant end = now_ + limit;
    while (!done()) {
      if (queue_.empty() || queue_.top().at > end) return false;
      step();
    }
    return true;
  }

  /// Runs lookup `id` of host `i` to its end; collects its peers.
  struct Outcome {
    bool done = false;
    std::vector<Endpoint> peers;
    LookupDone summary;
    Instant first_peer = kNever;
  };
  Outcome finish(std::size_t i, LookupId id, Duration limit = std::chrono::minutes(2)) {
    settle(i);
    Outcome outcome;
    outcome.done = run_until(
        [&] {
          while (std::optional<LookupEvent> event = node(i).poll_lookup(id)) {
            if (const PeersFound* found = std::get_if<PeersFound>(&*event)) {
              outcome.peers.insert(outcome.peers.end(), found->peers.begin(), found->peers.end());
              outcome.first_peer = earlier(outcome.first_peer, now_);
            } else {
              outcome.summary = std::get<LookupDone>(*event);
              return true;
            }
          }
          return false;
        },
        limit);
    settle(i);
    return outcome;
  }

  void check_invariants() const {
    for (const auto& host : hosts_) {
      host->node->check_invariants();
      host->discovery->check_invariants();
    }
  }

 private:
  struct Scheduled {
    Instant at;
    std::uint64_t sequence;
    std::size_t host;
    Endpoint from;
    Bytes payload;
    bool timer;
    bool operator<(const Scheduled& other) const {  // a max-heap: the earliest is the greatest
      return at != other.at ? at > other.at : sequence > other.sequence;
    }
  };

  void push(Scheduled event) {
    event.sequence = ++sequence_;
    queue_.push(std::move(event));
  }

  [[nodiscard]] Duration latency(const Endpoint& a, const Endpoint& b) const {
    const EndpointHash hash;
    Rng pair(config_.seed ^ (hash(a) * hash(b)));  // the same in both directions
    const double radius = std::sqrt(-2 * std::log(1 - pair.unit()));
    const double normal = radius * std::cos(6.283185307179586 * pair.unit());
    const double rtt = config_.rtt_median_seconds * std::exp(config_.rtt_sigma * normal);
    return Duration(static_cast<std::int64_t>(rtt / 2 * 1e9));
  }

  void step() {
    Scheduled event = std::move(const_cast<Scheduled&>(queue_.top()));
    queue_.pop();
    now_ = event.at;
    Host& host = *hosts_[event.host];
    if (!host.alive) return;
    if (event.timer) {
      if (host.armed != event.at) return;  // superseded by an earlier one
      host.armed = kNever;
      host.node->handle_timeout(now_);
    } else {
      ++host.datagrams_in;
      mix(static_cast<std::uint64_t>(event.at.time_since_epoch().count()));
      mix(event.host);
      for (const std::byte b : event.payload) mix(std::to_integer<std::uint64_t>(b));
      host.node->handle_datagram(event.from, event.payload, now_);
    }
    const std::optional<Instant> due = host.discovery->next_timeout();
    if (due && *due <= now_) host.discovery->handle_timeout(now_);
    settle(event.host);
  }

  void mix(std::uint64_t value) { trace_ = (trace_ ^ value) * 0x100000001b3; }

  NetworkConfig config_;
  Rng rng_;
  Rng loss_rng_;
  std::function<bool(std::size_t)> half_;
  Instant now_{std::chrono::hours(1)};
  std::uint64_t sequence_ = 0;
  std::uint64_t trace_ = 0xcbf29ce484222325;
  std::vector<std::unique_ptr<Host>> hosts_;
  std::unordered_map<Endpoint, std::size_t, EndpointHash> by_endpoint_;
  std::priority_queue<Scheduled> queue_;
};

}  // namespace stp::dht::test
