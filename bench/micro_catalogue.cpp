// The tracker's catalogue: searches among 100,000 names, reading a dictionary, and a round of upkeep.
#include <benchmark/benchmark.h>

#include <memory>
#include <string>

#include "bencode/bencode.h"
#include "crypto/sha256.h"
#include "tracker/catalogue.h"
#include "tracker/share_summary.h"

namespace {

using namespace stp;
using namespace stp::tracker;

constexpr std::uint64_t kNames = 100'000;

Bytes info_dictionary(const std::string& name, std::size_t files = 1) {
  bencode::Encoder out;
  out.begin_dict().key("file tree").begin_dict();
  for (std::size_t i = 0; i < files; ++i) {
    out.key("file " + std::to_string(1'000'000 + i)).begin_dict().key("").begin_dict();
    out.key("length").integer(5).key("pieces root").string(std::string_view("rrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrr"));
    out.end().end();
  }
  out.end()
      .key("meta version")
      .integer(2)
      .key("name")
      .string(std::string_view(name))
      .key("piece length")
      .integer(16384);
  return out.end().take();
}

struct Full {
  Full() {
    CatalogueConfig config;
    config.entries_per_source_max = ~0U;
    config.put_bytes_per_second = std::uint64_t{1} << 40U;
    config.search_steps_per_second = std::uint64_t{1} << 50U;
    catalogue = std::make_unique<Catalogue>(config, registry, rng);
    constexpr const char* kWords[] = {"holiday", "linux", "report", "backup", "photos",
                                      "Draft",   "final", "2026",   "mkv"};
    for (std::uint64_t i = 0; i < kNames; ++i) {
      std::string name = std::to_string(i);
      for (int word = 0; word < 4; ++word) name += std::string(" ") + kWords[rng.below(std::size(kWords))];
      add(info_dictionary(name));
    }
  }
  void add(const Bytes& dictionary) {
    const InfoHash info_hash{crypto::sha256(dictionary).bytes};
    const Endpoint peer{IpAddress::v4(0x0a000000U + static_cast<std::uint32_t>(rng.below(1U << 20U))), 6881};
    (void)registry.announce({swarm_of(info_hash), peer, AnnounceEvent::none, true, 0}, now);
    (void)catalogue->put(info_hash, dictionary, peer.address, now);
  }
  Rng rng{1};
  Registry registry{[] {
                      RegistryConfig config;
                      config.peers_per_source_max = ~0U;
                      return config;
                    }(),
                    rng};
  std::unique_ptr<Catalogue> catalogue;
  Instant now{std::chrono::hours(1)};
};

Full& full() {
  static Full catalogue;
  return catalogue;
}

void search(benchmark::State& state, const std::string& name, ShareOrder order) {
  Full& all = full();
  std::uint64_t found = 0;
  for (auto _ : state) {
    const Result<SharePage> page = all.catalogue->search({name, order, 1}, all.now);
    found = page ? page->total : 0;
    benchmark::DoNotOptimize(found);
  }
  state.counters["found"] = static_cast<double>(found);
}
BENCHMARK_CAPTURE(search, one_share, "77777 ", ShareOrder::seeds)->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(search, a_word, "holiday", ShareOrder::seeds)->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(search, two_letters, "zq", ShareOrder::seeds)->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(search, a_glob, "*report*final*", ShareOrder::seeds)->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(search, a_hostile_glob, "*?a?b?c?d?e?f*", ShareOrder::seeds)->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(search, everything, "", ShareOrder::seeds)->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(search, everything_by_name, "", ShareOrder::name)->Unit(benchmark::kMillisecond);

/// Reading a dictionary of this many files: what a PUT costs besides its hash.
void read_dictionary(benchmark::State& state) {
  const Bytes dictionary = info_dictionary("many files", static_cast<std::size_t>(state.range(0)));
  for (auto _ : state) benchmark::DoNotOptimize(summarize(dictionary, {}));
  state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(dictionary.size()));
}
BENCHMARK(read_dictionary)->Arg(1)->Arg(10'000)->Unit(benchmark::kMillisecond);

void a_round_of_upkeep(benchmark::State& state) {
  Full& all = full();
  for (auto _ : state) {
    all.now += Catalogue::kRound;
    all.catalogue->handle_timeout(all.now);
    if (all.catalogue->size() < kNames) state.SkipWithError("the peers have expired");
  }
}
BENCHMARK(a_round_of_upkeep)->Iterations(50)->Unit(benchmark::kMillisecond);

}  // namespace
