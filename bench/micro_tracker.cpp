// The tracker's core: announces per second into registries of several sizes, the cost of parsing a query, a whole
// request without its socket, the time for a snapshot, and the bytes per peer (counters of the results).
#include <benchmark/benchmark.h>

#include <string>
#include <vector>

#include "http/request_parser.h"
#include "http/response_writer.h"
#include "tracker/announce_query.h"
#include "tracker/responder.h"
#include "tracker/snapshot.h"

namespace {

using namespace stp;
using namespace stp::tracker;

RegistryConfig unbounded_sources() {
  RegistryConfig config;
  config.peers_per_source_max = ~0U;
  return config;
}

Announce random_announce(Rng& rng, std::uint64_t swarms, std::uint64_t peers_of_a_swarm, std::uint32_t numwant) {
  Announce announce;
  const std::uint64_t swarm = rng.below(swarms);
  store_be(announce.key.bytes.data(), swarm);
  const auto number = static_cast<std::uint32_t>(rng.below(peers_of_a_swarm));
  announce.peer = {IpAddress::v4(0x0a000000U + number), 6881};
  announce.seed = number % 2 == 0;
  announce.numwant = numwant;
  return announce;
}

// Arguments: swarms, peers of each, numwant.
void BM_RegistryAnnounce(benchmark::State& state) {
  Rng rng(1);
  Registry registry(unbounded_sources(), rng);
  const auto swarms = static_cast<std::uint64_t>(state.range(0));
  const auto peers = static_cast<std::uint64_t>(state.range(1));
  Instant now{};
  for (std::uint64_t i = 0; i < 4 * swarms * peers; ++i) {
    benchmark::DoNotOptimize(registry.announce(random_announce(rng, swarms, peers, 0), now));
  }
  for (auto _ : state) {
    now += std::chrono::microseconds(1);
    benchmark::DoNotOptimize(
        registry.announce(random_announce(rng, swarms, peers, static_cast<std::uint32_t>(state.range(2))), now));
  }
  state.SetItemsProcessed(state.iterations());
  state.counters["peers"] = static_cast<double>(registry.totals().peers());
  state.counters["bytes_per_peer"] =
      static_cast<double>(registry.totals().memory_bytes) / static_cast<double>(registry.totals().peers());
}
BENCHMARK(BM_RegistryAnnounce)
    ->Args({1, 1'000'000, 50})
    ->Args({1'000, 1'000, 50})
    ->Args({1'000, 1'000, 0})
    ->Args({100'000, 10, 50})
    ->Args({1'000'000, 1, 50});

// A registry of exactly `swarms` times `peers_of_a_swarm` peers.
void fill(Registry& registry, std::uint64_t swarms, std::uint64_t peers_of_a_swarm, Instant now) {
  for (std::uint64_t i = 0; i < swarms * peers_of_a_swarm; ++i) {
    Announce announce;
    store_be(announce.key.bytes.data(), i % swarms);
    announce.peer = {IpAddress::v4(0x0a000000U + static_cast<std::uint32_t>(i / swarms)), 6881};
    announce.seed = i % 2 == 0;
    announce.numwant = 0;
    benchmark::DoNotOptimize(registry.announce(announce, now));
  }
}

// The network thread's work for a snapshot: all pieces, without the checksum. Arguments: swarms, peers of each.
void BM_SnapshotWrite(benchmark::State& state) {
  Rng rng(1);
  Registry registry(unbounded_sources(), rng);
  fill(registry, static_cast<std::uint64_t>(state.range(0)), static_cast<std::uint64_t>(state.range(1)), Instant{});
  std::size_t bytes = 0;
  for (auto _ : state) {
    SnapshotWriter writer(registry, 0, Instant{});
    while (!writer.write_some(std::size_t{512} * 1024)) continue;
    bytes = writer.take().size();
  }
  state.counters["bytes"] = static_cast<double>(bytes);
}
BENCHMARK(BM_SnapshotWrite)
    ->Args({1, 100'000})
    ->Args({1'000, 100})
    ->Args({100'000, 1})
    ->Args({1, 1'000'000})
    ->Args({1'000'000, 2})
    ->Unit(benchmark::kMillisecond);

// The same arguments; what a start waits for, without reading the file.
void BM_SnapshotRestore(benchmark::State& state) {
  Rng rng(1);
  Registry registry(unbounded_sources(), rng);
  fill(registry, static_cast<std::uint64_t>(state.range(0)), static_cast<std::uint64_t>(state.range(1)), Instant{});
  const Bytes snapshot = make_snapshot(registry, 0, Instant{});
  for (auto _ : state) {
    Registry again(unbounded_sources(), rng);
    benchmark::DoNotOptimize(restore_snapshot(again, snapshot, 0, Instant{}));
  }
}
BENCHMARK(BM_SnapshotRestore)->Args({1'000, 100})->Args({1'000'000, 2})->Unit(benchmark::kMillisecond);

const std::string kTarget =
    "/announce?info_hash=%12%34Vx%9A%BC%DE%F1%23%45%67%89%AB%CD%EF%124Vx%9A&peer_id=-tp0100-abcdefghijkl&port=6881&"
    "uploaded=0&downloaded=0&left=16384&corrupt=0&key=1F2E3D4C&event=started&numwant=50&compact=1&no_peer_id=1";
const std::string kRequest =
    "GET " + kTarget +
    " HTTP/1.1\r\nHost: tracker.example:65000\r\nUser-Agent: stp/0.1\r\nAccept-Encoding: gzip\r\n\r\n";

void BM_AnnounceQueryParse(benchmark::State& state) {
  const std::string query = kTarget.substr(kTarget.find('?') + 1);
  for (auto _ : state) benchmark::DoNotOptimize(parse_announce_query(query));
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK(BM_AnnounceQueryParse);

void BM_HttpRequestParse(benchmark::State& state) {
  for (auto _ : state) benchmark::DoNotOptimize(http::parse_request(kRequest));
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK(BM_HttpRequestParse);

// From the bytes of a request to those of the response, in a swarm of 1,000.
void BM_TrackerRequest(benchmark::State& state) {
  Rng rng(1);
  Registry registry(unbounded_sources(), rng);
  Responder responder(registry);
  Instant now{};
  std::string out;
  for (auto _ : state) {
    now += std::chrono::microseconds(1);
    const http::ParsedRequest parsed = http::parse_request(kRequest);
    const IpAddress source = IpAddress::v4(0x0a000000U + static_cast<std::uint32_t>(rng.below(1000)));
    out.clear();
    http::append_response(out, parsed.request, responder.respond(parsed.request, source, now));
    benchmark::DoNotOptimize(out.data());
  }
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK(BM_TrackerRequest);

}  // namespace
