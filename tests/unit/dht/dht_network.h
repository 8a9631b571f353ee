// Hosts that each run one dht::Node with its DhtDiscovery, on the virtual network of all tests.
//
// Latency is fixed per pair of hosts: half a log-normal round trip (median rtt_median, shape rtt_sigma), so that some
// pairs are always slow. Each datagram is lost independently. Everything is determined by the seed; trace() is a
// running hash over every datagram delivered.
#pragma once

#include <gtest/gtest.h>

#include <cmath>
#include <functional>
#include <memory>
#include <vector>

#include "core/result.h"
#include "dht/dht_discovery.h"
#include "dht/node.h"
#include "support/virtual_network.h"

namespace stp::dht::test {

using stp::test::VirtualHost;

struct NetworkConfig {
  std::uint64_t seed = 1;
  double rtt_median_seconds = 0.1;
  double rtt_sigma = 0.5;
  double loss = 0;
};

class DhtNetwork {
 public:
  explicit DhtNetwork(const NetworkConfig& config) : config_(config), rng_(config.seed), network_(config.seed) {
    network_.datagram_loss = config.loss;
    network_.datagram_latency = [this](const Endpoint& a, const Endpoint& b) { return latency(a, b); };
  }

  [[nodiscard]] Instant now() const { return network_.now(); }
  [[nodiscard]] std::uint64_t trace() const { return network_.trace_hash(); }
  [[nodiscard]] std::uint64_t events() const { return network_.events(); }
  [[nodiscard]] std::size_t size() const { return network_.size(); }
  [[nodiscard]] VirtualHost& host(std::size_t i) { return network_.host(i); }
  [[nodiscard]] Node& node(std::size_t i) { return *participants_[i]->node; }
  [[nodiscard]] DhtDiscovery& discovery(std::size_t i) { return *participants_[i]->discovery; }

  /// 127.0.0.1 with a port of its own, or [::1] likewise.
  [[nodiscard]] static Endpoint loopback(std::size_t i, Family family = Family::v4) {
    const char* text = family == Family::v4 ? "127.0.0.1" : "::1";
    return {*IpAddress::parse(text), static_cast<Port>(10000 + i)};
  }

  /// A host with one endpoint, or two of different families.
  std::size_t add(const std::vector<Endpoint>& endpoints, NodeConfig config = {}) {
    VirtualHost& host = network_.add_host();
    host.at = endpoints.front();
    if (endpoints.size() > 1) host.also_at = endpoints.back();
    config.ipv4 = config.ipv6 = false;
    for (const Endpoint& endpoint : endpoints) (endpoint.address.is_v4() ? config.ipv4 : config.ipv6) = true;
    participants_.push_back(std::make_unique<Participant>());
    Participant& participant = *participants_.back();
    participant.rng = std::make_unique<Rng>(rng_.next());
    participant.node = std::make_unique<Node>(config, *participant.rng, now());
    participant.discovery = std::make_unique<DhtDiscovery>(*participant.node, *participant.rng);
    host.on_timeout = [&participant](Instant now) {
      participant.node->handle_timeout(now);
      participant.handle_discovery(now);
    };
    host.on_datagram = [&participant](const Endpoint& from, ByteSpan datagram, Instant now) {
      participant.node->handle_datagram(from, datagram, now);
      participant.handle_discovery(now);
    };
    host.poll_datagram = [&participant]() -> std::optional<stp::test::Datagram> {
      std::optional<Transmit> transmit = participant.node->poll_transmit();
      if (!transmit) return std::nullopt;
      return stp::test::Datagram{transmit->to, std::move(transmit->payload)};
    };
    host.next_timeout = [&participant]() -> std::optional<Instant> {
      const Instant due =
          earlier(participant.node->next_timeout().value_or(kNever), participant.discovery_timeout().value_or(kNever));
      return due == kNever ? std::nullopt : std::optional(due);
    };
    return size() - 1;
  }
  std::size_t add(Family family = Family::v4, const NodeConfig& config = {}) {
    return add({loopback(size(), family)}, config);
  }
  /// Adds a host that enters through host `through`.
  std::size_t join(std::size_t through, Family family = Family::v4, const NodeConfig& config = {}) {
    const std::size_t i = add(family, config);
    EXPECT_TRUE(node(i).add_bootstrap(host(through).at, now()));
    settle(i);
    return i;
  }

  /// `count` hosts that enter through the first, `gap` apart.
  void grow(std::size_t count, Duration gap, Family family = Family::v4) {
    for (std::size_t i = 0; i < count; ++i) {
      if (size() == 0) {
        settle(add(family));
      } else {
        join(0, family);
      }
      run_for(gap);
    }
  }

  void kill(std::size_t i) { network_.kill(i); }
  void revive(std::size_t i) { network_.revive(i); }
  /// The host runs a node alone from now on.
  void drop_discovery(std::size_t i) { participants_[i]->discovery.reset(); }

  /// From now on nothing passes between hosts for which `half` differs; nullptr: everything does.
  void split(std::function<bool(std::size_t)> half) { network_.half = std::move(half); }

  /// Sends what host `i` wants sent and arms its timer. Call after every direct use of a node.
  void settle(std::size_t i) { network_.touch(i); }

  void run_for(Duration duration) {
    network_.run_until([] { return false; }, duration);
  }
  void run_until(Instant end) { run_for(end - now()); }
  /// Runs until `done`, at most for `limit`; whether it was reached.
  bool run_until(const std::function<bool()>& done, Duration limit) { return network_.run_until(done, limit); }

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
              outcome.first_peer = earlier(outcome.first_peer, now());
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
    for (const auto& participant : participants_) {
      participant->node->check_invariants();
      if (participant->discovery) participant->discovery->check_invariants();
    }
  }

 private:
  struct Participant {
    std::unique_ptr<Rng> rng;
    std::unique_ptr<Node> node;
    std::unique_ptr<DhtDiscovery> discovery;

    [[nodiscard]] std::optional<Instant> discovery_timeout() const {
      return discovery ? discovery->next_timeout() : std::nullopt;
    }
    void handle_discovery(Instant now) const {
      const std::optional<Instant> due = discovery_timeout();
      if (due && *due <= now) discovery->handle_timeout(now);
    }
  };

  [[nodiscard]] Duration latency(const Endpoint& a, const Endpoint& b) const {
    const EndpointHash hash;
    Rng pair(config_.seed ^ (hash(a) * hash(b)));  // the same in both directions
    const double radius = std::sqrt(-2 * std::log(1 - pair.unit()));
    const double normal = radius * std::cos(6.283185307179586 * pair.unit());
    const double rtt = config_.rtt_median_seconds * std::exp(config_.rtt_sigma * normal);
    return Duration(static_cast<std::int64_t>(rtt / 2 * 1e9));
  }

  NetworkConfig config_;
  Rng rng_;
  stp::test::VirtualNetwork network_;
  std::vector<std::unique_ptr<Participant>> participants_;
};

}  // namespace stp::dht::test
