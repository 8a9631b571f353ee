// A tracker's snapshot from a damaged or forged file: what is restored from it keeps the registry's invariants and
// bounds, and a snapshot of that restores the same. The checksum is corrected first, or nothing would ever get past it.
#include <cstddef>
#include <cstdint>
#include <span>

#include "tracker/snapshot.h"

using namespace stp;
using namespace stp::tracker;

namespace {

constexpr std::int64_t kUnixNow = 1'700'000'000;

void check(ByteSpan bytes, const RegistryConfig& config) {
  Rng rng(1);
  Instant now{std::chrono::hours(1)};
  Registry registry(config, rng);
  const Status status = restore_snapshot(registry, bytes, kUnixNow, now);
  registry.check_invariants();
  STP_ASSERT(registry.totals().swarms <= config.swarms_max && registry.totals().peers() <= config.peers_max);
  if (!status) {
    STP_ASSERT(!status.error().message.empty() && registry.totals().swarms == 0);
    return;
  }
  RegistryConfig for_all = config;
  for_all.peers_per_source_max = ~0U;  // counted in groups that are drawn anew
  Registry again(for_all, rng);
  STP_ASSERT(restore_snapshot(again, make_snapshot(registry, kUnixNow, now), kUnixNow, now).ok());
  again.check_invariants();
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
    registry.check_invariants();
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  Bytes bytes = to_bytes(std::as_bytes(std::span(data, size)));
  if (bytes.size() >= kSnapshotHeaderBytes) seal_snapshot(bytes);
  check(bytes, {});
  RegistryConfig small;
  small.swarms_max = 2;
  small.peers_max = 5;
  small.peers_per_source_max = 2;
  check(bytes, small);
  return 0;
}
