// Answered queries per second on one core, from datagram in to datagram out, for a node with a full table and stored
// peers. Goal: at least twice libtorrent's figures (ping 170k/s, get_peers 100k/s).
#include <benchmark/benchmark.h>

#include "dht/node.h"

namespace stp::dht {
namespace {

constexpr std::size_t kTableNodes = 5000;  // offered; about 300 are accepted
constexpr std::size_t kAskers = 1024;
constexpr std::size_t kSwarms = 256;
constexpr std::size_t kPeersPerSwarm = 50;

IpAddress public_address(std::uint32_t n) {
  return IpAddress::v4(0x14000000U + n * 257U);
}

struct Bench {
  Rng rng{7};
  Instant now{std::chrono::hours(1)};
  Node node{NodeConfig{std::nullopt, true, false, false, true}, rng, now};
  bencode::Document scratch;
  std::vector<NodeId> swarms;

  explicit Bench(bool local) : local_(local) {
    fill_table();
    for (std::size_t i = 0; i < kSwarms; ++i) swarms.push_back(random_id(rng));
    for (std::size_t i = 0; i < kSwarms * kPeersPerSwarm; ++i) announce(swarms[i % kSwarms], asker(i));
  }

  // All askers have different addresses, so that no rate limit applies and nothing is cheap because of repetition.
  [[nodiscard]] Endpoint asker(std::size_t i) const {
    const auto n = static_cast<std::uint32_t>(i);
    return {local_ ? IpAddress::v4(0x0a000000U + n) : public_address(n), static_cast<Port>(1024 + i % 60000)};
  }

  Reply ask(const Endpoint& from, const Query& query) {
    node.handle_datagram(from, encode({*TransactionId::from(as_bytes("aa")), std::nullopt, query}), now);
    Reply reply;
    while (const std::optional<Transmit> out = node.poll_transmit()) {
      const Result<Message> message = decode(out->payload, scratch);
      if (const Reply* got = std::get_if<Reply>(&message->body)) reply = *got;
    }
    return reply;
  }

 private:
  // Every node that writes to us is probed, and answers.
  void fill_table() {
    for (std::size_t i = 0; i < kTableNodes; ++i) {
      const Endpoint from = asker(100000 + i);
      Query ping;
      ping.sender = random_id(rng);
      node.handle_datagram(from, encode({*TransactionId::from(as_bytes("aa")), std::nullopt, ping}), now);
      now += std::chrono::milliseconds(600);
      node.handle_timeout(now);
      while (const std::optional<Transmit> out = node.poll_transmit()) {
        const Result<Message> message = decode(out->payload, scratch);
        if (!std::holds_alternative<Query>(message->body) || out->to != from) continue;
        Reply pong;
        pong.sender = ping.sender;
        node.handle_datagram(from, encode({message->transaction, std::nullopt, pong}), now);
      }
    }
  }
  void announce(const NodeId& key, const Endpoint& from) {
    Query query;
    query.sender = random_id(rng);
    query.method = Method::get_peers;
    query.target = key;
    const Reply reply = ask(from, query);
    if (!reply.token) return;
    query.method = Method::announce_peer;
    query.token = *reply.token;
    query.port = from.port;
    ask(from, query);
  }
  bool local_;
};

void dht(benchmark::State& state, Method method, bool local) {
  Bench bench(local);
  std::vector<std::pair<Endpoint, Bytes>> queries;
  for (std::size_t i = 0; i < kAskers; ++i) {
    Query query;
    query.method = method;
    query.sender = random_id(bench.rng);
    query.target = method == Method::get_peers ? bench.swarms[i % kSwarms] : random_id(bench.rng);
    queries.emplace_back(bench.asker(500000 + i), encode({*TransactionId::from(as_bytes("aa")), std::nullopt, query}));
  }
  std::size_t next = 0;
  std::size_t answered = 0;
  std::size_t bytes = 0;
  for (auto _ : state) {
    const auto& [from, datagram] = queries[next++ % kAskers];
    bench.now += std::chrono::microseconds(100);  // keeps every asker below its rate limit
    bench.node.handle_datagram(from, datagram, bench.now);
    while (const std::optional<Transmit> out = bench.node.poll_transmit()) {
      ++answered;
      bytes += out->payload.size();
      benchmark::DoNotOptimize(out->payload.data());
    }
  }
  if (answered < static_cast<std::size_t>(state.iterations())) state.SkipWithError("not every query was answered");
  state.counters["queries/s"] = benchmark::Counter(static_cast<double>(answered), benchmark::Counter::kIsRate);
  state.counters["table"] = static_cast<double>(bench.node.nodes());
  state.counters["reply_bytes"] = static_cast<double>(bytes) / static_cast<double>(std::max<std::size_t>(answered, 1));
}

BENCHMARK_CAPTURE(dht, ping, Method::ping, false);
BENCHMARK_CAPTURE(dht, find_node, Method::find_node, false);
BENCHMARK_CAPTURE(dht, get_peers, Method::get_peers, false);
BENCHMARK_CAPTURE(dht, get_peers_local, Method::get_peers, true);

}  // namespace
}  // namespace stp::dht
