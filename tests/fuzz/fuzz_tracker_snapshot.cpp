// A tracker's snapshot from a damaged or forged file: what is restored from it keeps the invariants of registry and
// catalogue and their bounds, and a snapshot of that restores the same. The checksum is corrected first, or nothing
// would ever get past it.
#include <cstddef>
#include <cstdint>
#include <span>

#include "tracker/snapshot.h"

using namespace stp;
using namespace stp::tracker;

namespace {

constexpr std::int64_t kUnixNow = 1'700'000'000;
constexpr std::size_t kChecksumEnd = 52;  // also of a snapshot of version 1

void check(ByteSpan bytes, const RegistryConfig& config, const CatalogueConfig& names) {
  Rng rng(1);
  Instant now{std::chrono::hours(1)};
  Registry registry(config, rng);
  Catalogue catalogue(names, registry, rng);
  const Status status = restore_snapshot(registry, bytes, kUnixNow, now, &catalogue);
  registry.check_invariants();
  catalogue.check_invariants();
  STP_ASSERT(registry.totals().swarms <= config.swarms_max && registry.totals().peers() <= config.peers_max);
  if (!status) {
    STP_ASSERT(!status.error().message.empty() && registry.totals().swarms == 0);
    return;
  }
  RegistryConfig for_all = config;
  for_all.peers_per_source_max = ~0U;  // counted in groups that are drawn anew
  Registry again(for_all, rng);
  CatalogueConfig names_for_all;
  names_for_all.entries_per_source_max = ~0U;
  Catalogue names_again(names_for_all, again, rng);
  const Bytes snapshot = make_snapshot(registry, kUnixNow, now, &catalogue);
  STP_ASSERT(restore_snapshot(again, snapshot, kUnixNow, now, &names_again).ok());
  again.check_invariants();
  names_again.check_invariants();
  STP_ASSERT(names_again.size() == catalogue.size());
  STP_ASSERT(names_again.search({}, now)->total == catalogue.search({}, now)->total);
  STP_ASSERT(again.totals().swarms == registry.totals().swarms);
  STP_ASSERT(again.totals().peers_v4 == registry.totals().peers_v4);
  STP_ASSERT(again.totals().peers_v6 == registry.totals().peers_v6);
  STP_ASSERT(again.totals().seeds == registry.totals().seeds);

  SwarmKey key;
  if (bytes.size() >= kSnapshotHeaderBytes + SwarmKey::kSize) {
    key = *SwarmKey::from(bytes.subspan(kSnapshotHeaderBytes, SwarmKey::kSize));
  }
  static_cast<void>(registry.announce({key, {IpAddress::v4(0x0a000001), 1}, AnnounceEvent::none, false, {}}, now));
  for (int i = 0; i < 4; ++i) {
    now += std::chrono::minutes(15);
    static_cast<void>(registry.scrape(key, now));
    registry.handle_timeout(now);
    catalogue.handle_timeout(now);
    registry.check_invariants();
    catalogue.check_invariants();
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  Bytes bytes = to_bytes(std::as_bytes(std::span(data, size)));
  if (bytes.size() >= kChecksumEnd) seal_snapshot(bytes);
  check(bytes, {}, {});
  RegistryConfig small;
  small.swarms_max = 2;
  small.peers_max = 5;
  small.peers_per_source_max = 2;
  CatalogueConfig few;
  few.entries_max = 2;
  few.name_bytes_max = 100;
  check(bytes, small, few);
  return 0;
}
