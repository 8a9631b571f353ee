#include "tracker/snapshot.h"

#include <algorithm>
#include <array>
#include <limits>
#include <optional>
#include <string_view>
#include <utility>

#include "crypto/sha256.h"

namespace stp::tracker {
namespace {

constexpr std::string_view kMagic = "stp trk\n";
constexpr std::uint32_t kVersion = 1;
constexpr std::size_t kVersionOffset = kMagic.size();
constexpr std::size_t kTimeOffset = kVersionOffset + sizeof(std::uint32_t);
constexpr std::size_t kChecksumOffset = kTimeOffset + sizeof(std::int64_t);
static_assert(kChecksumOffset + sizeof(Hash256) == kSnapshotHeaderBytes);

using Age = std::uint16_t;  // seconds
constexpr std::size_t kPeerBytesV4 = PeerSet<4>::kCompactBytes + sizeof(Age);
constexpr std::size_t kPeerBytesV6 = PeerSet<16>::kCompactBytes + sizeof(Age);

// Longer than any expiry, and far from overflowing Duration.
constexpr std::int64_t kDownSecondsMax = std::int64_t{366} * 24 * 3600;

template <class Unsigned>
void append_be(Bytes& out, Unsigned value) {
  std::array<std::byte, sizeof(Unsigned)> raw{};
  store_be(raw.data(), value);
  append(out, raw);
}

Hash256 checksum(ByteSpan snapshot) {
  crypto::Sha256 hash;
  hash.update(snapshot.first(kChecksumOffset));
  hash.update(snapshot.subspan(kSnapshotHeaderBytes));
  return hash.finish();
}

/// One swarm of a snapshot; borrows.
struct SwarmRecord {
  SwarmKey key;
  std::uint32_t downloaded = 0;
  std::uint8_t eager = 0;
  struct Group {
    ByteSpan peers;
    std::size_t peer_bytes = 0;
    bool seeds = false;
  };
  std::array<Group, 4> groups;
};

/// Takes the record at the front of `rest`; nullopt when it is not a record.
std::optional<SwarmRecord> take_record(ByteSpan& rest) {
  if (rest.size() < kSnapshotSwarmBytes) return std::nullopt;
  SwarmRecord record;
  record.key = *SwarmKey::from(rest.first(SwarmKey::kSize));
  const std::byte* at = rest.data() + SwarmKey::kSize;
  record.downloaded = load_be<std::uint32_t>(at);
  record.eager = std::to_integer<std::uint8_t>(at[4]);
  at += 5;
  rest = rest.subspan(kSnapshotSwarmBytes);
  std::size_t peers = 0;
  for (std::size_t i = 0; i < record.groups.size(); ++i, at += 4) {
    const std::size_t count = load_be<std::uint32_t>(at);
    const std::size_t each = i < 2 ? kPeerBytesV4 : kPeerBytesV6;
    if (count > rest.size() / each) return std::nullopt;
    record.groups[i] = {rest.first(count * each), each, i % 2 == 1};
    rest = rest.subspan(count * each);
    peers += count;
  }
  if (peers == 0) return std::nullopt;
  return record;
}

/// The swarms of a whole and undamaged snapshot.
Result<ByteSpan> check_snapshot(ByteSpan snapshot) {
  if (snapshot.size() < kSnapshotHeaderBytes || !as_text(snapshot).starts_with(kMagic)) {
    return Error{ErrorKind::malformed, "it is not a tracker snapshot"};
  }
  if (load_be<std::uint32_t>(snapshot.data() + kVersionOffset) != kVersion) {
    return Error{ErrorKind::unsupported, "it is from another version of stp"};
  }
  if (Hash256::from(snapshot.subspan(kChecksumOffset, sizeof(Hash256))) != checksum(snapshot)) {
    return Error{ErrorKind::integrity, "it is damaged"};
  }
  const ByteSpan swarms = snapshot.subspan(kSnapshotHeaderBytes);
  for (ByteSpan rest = swarms; !rest.empty();) {
    if (!take_record(rest)) return Error{ErrorKind::malformed, "it is damaged"};
  }
  return swarms;
}

}  // namespace

std::size_t snapshot_bytes_max(const RegistryConfig& config) {
  return kSnapshotHeaderBytes + config.swarms_max * kSnapshotSwarmBytes + config.peers_max * kPeerBytesV6;
}

SnapshotWriter::SnapshotWriter(const Registry& registry, std::int64_t unix_now, Instant now)
    : registry_(registry), tick_(registry.tick_of(now)), left_(registry.swarms_.size()) {
  const RegistryTotals& totals = registry.totals();
  const std::size_t bytes = kSnapshotHeaderBytes + totals.swarms * kSnapshotSwarmBytes +
                            totals.peers_v4 * kPeerBytesV4 + totals.peers_v6 * kPeerBytesV6;
  out_.reserve(bytes + bytes / 16);  // room for peers that arrive meanwhile: moving it all would take long
  append(out_, as_bytes(kMagic));
  append_be(out_, kVersion);
  append_be(out_, static_cast<std::uint64_t>(unix_now));
  out_.resize(kSnapshotHeaderBytes);
}

template <class Set>
void SnapshotWriter::write_peers(const Set& set) {
  std::size_t at = out_.size();
  out_.resize(at + set.size() * (Set::kCompactBytes + sizeof(Age)));
  for (HashIndex::Position peer = 0; peer < set.size(); ++peer) {
    const auto& compact = set.compact(peer);
    std::copy(compact.begin(), compact.end(), out_.begin() + static_cast<std::ptrdiff_t>(at));
    at += Set::kCompactBytes;
    // A peer heard after the writing began is 0 seconds old.
    const auto ticks = static_cast<std::int16_t>(tick_ - set.seen(peer));
    const auto age =
        std::chrono::floor<std::chrono::seconds>(std::max<std::int16_t>(ticks, 0) * registry_.tick_length_);
    constexpr std::int64_t kAgeMax = std::numeric_limits<Age>::max();
    store_be(out_.data() + at, static_cast<Age>(std::min<std::int64_t>(age.count(), kAgeMax)));
    at += sizeof(Age);
  }
}

bool SnapshotWriter::write_some(std::size_t bytes) {
  const std::size_t begin = out_.size();
  left_ = std::min(left_, registry_.swarms_.size());
  while (left_ > 0 && out_.size() - begin < bytes) {
    const Registry::Swarm& swarm = registry_.swarms_[--left_];
    append(out_, swarm.key.span());
    append_be(out_, swarm.downloaded);
    append_be(out_, swarm.eager);
    const auto append_counts = [&](std::size_t leeches, std::size_t seeds) {
      append_be(out_, static_cast<std::uint32_t>(leeches));
      append_be(out_, static_cast<std::uint32_t>(seeds));
    };
    append_counts(swarm.v4.leeches(), swarm.v4.seeds());
    append_counts(swarm.v6 ? swarm.v6->leeches() : 0, swarm.v6 ? swarm.v6->seeds() : 0);
    write_peers(swarm.v4);
    if (swarm.v6) write_peers(*swarm.v6);
  }
  return left_ == 0;
}

void seal_snapshot(Bytes& snapshot) {
  const Hash256 sum = checksum(snapshot);
  std::copy(sum.bytes.begin(), sum.bytes.end(), snapshot.begin() + kChecksumOffset);
}

Bytes make_snapshot(const Registry& registry, std::int64_t unix_now, Instant now) {
  SnapshotWriter writer(registry, unix_now, now);
  writer.write_some(std::numeric_limits<std::size_t>::max());
  Bytes snapshot = writer.take();
  seal_snapshot(snapshot);
  return snapshot;
}

/// Puts the records of a checked snapshot into a registry.
class SnapshotReader {
 public:
  SnapshotReader(Registry& registry, Duration down, Instant now)
      : registry_(registry), down_(down), tick_(registry.tick_of(now)) {}

  void take(const SwarmRecord& record) {
    Registry::SwarmIndex at = registry_.find(record.key);
    for (const SwarmRecord::Group& group : record.groups) {
      for (ByteSpan rest = group.peers; !rest.empty(); rest = rest.subspan(group.peer_bytes)) {
        take_peer(record.key, at, rest.first(group.peer_bytes), group.seeds);
      }
    }
    if (at == HashIndex::kNone || registry_.remove_if_empty(at)) return;
    Registry::Swarm& swarm = registry_.swarms_[at];
    swarm.downloaded = std::max(swarm.downloaded, record.downloaded);
    swarm.eager = record.eager;
    swarm.sweep_due = tick_;  // when its next peer expires is determined when it is touched
  }

 private:
  void take_peer(const SwarmKey& key, Registry::SwarmIndex& at, ByteSpan raw, bool seed) {
    const ByteSpan compact = raw.first(raw.size() - sizeof(Age));
    const std::chrono::seconds age(load_be<Age>(raw.data() + compact.size()));
    const std::int64_t ticks = (age + down_) / registry_.tick_length_;
    const std::optional<Endpoint> peer = Endpoint::from_compact(compact);
    if (ticks > registry_.expiry_ticks_ || !peer || !peer->is_dialable()) return;
    if (at == HashIndex::kNone) {
      if (!registry_.admit(*peer, nullptr)) return;
      at = registry_.create(key, tick_);
    }
    // Past a bound it is left out: the error is meant for an announce.
    static_cast<void>(registry_.record(registry_.swarms_[at], Announce{key, *peer, AnnounceEvent::none, seed, {}},
                                       static_cast<Tick>(tick_ - ticks)));
  }

  Registry& registry_;
  const Duration down_;
  const Tick tick_;
};

Status restore_snapshot(Registry& registry, ByteSpan snapshot, std::int64_t unix_now, Instant now) {
  STP_ASSERT(registry.totals().swarms == 0);
  const Result<ByteSpan> swarms = check_snapshot(snapshot);
  if (!swarms) return swarms.error();
  const auto made = static_cast<std::int64_t>(load_be<std::uint64_t>(snapshot.data() + kTimeOffset));
  // Compared first: the difference of two arbitrary numbers may overflow.
  std::int64_t down = 0;
  if (made < unix_now) {
    down = made < unix_now - kDownSecondsMax ? kDownSecondsMax : unix_now - made;
  }
  registry.handle_timeout(now);  // the registry's time begins here
  SnapshotReader reader(registry, std::chrono::seconds(down), now);
  for (ByteSpan rest = *swarms; !rest.empty();) reader.take(*take_record(rest));
  return Done{};
}

}  // namespace stp::tracker
