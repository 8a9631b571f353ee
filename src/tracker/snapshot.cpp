#include "tracker/snapshot.h"

#include <algorithm>
#include <array>
#include <limits>
#include <optional>
#include <string_view>
#include <utility>

#include "content/path_rules.h"
#include "crypto/sha256.h"

namespace stp::tracker {
namespace {

constexpr std::string_view kMagic = "stp trk\n";
constexpr std::uint32_t kVersion = 3;
constexpr std::uint32_t kVersionWithoutV1Hashes = 2;
constexpr std::uint32_t kVersionWithoutCatalogue = 1;
constexpr std::size_t kVersionOffset = kMagic.size();
constexpr std::size_t kTimeOffset = kVersionOffset + sizeof(std::uint32_t);
constexpr std::size_t kChecksumOffset = kTimeOffset + sizeof(std::int64_t);
constexpr std::size_t kSwarmsLengthOffset = kChecksumOffset + sizeof(Hash256);  // and where the checksum goes on
static_assert(kSwarmsLengthOffset + sizeof(std::uint64_t) == kSnapshotHeaderBytes);

// An entry of the catalogue up to its address.
constexpr std::size_t kEntryFixedBytes = InfoHash::kSize + 8 + 4 + 4;
static_assert(kEntryFixedBytes + 1 + 16 + 1 + content::kComponentBytesMax + 1 + InfoHashV1::kSize ==
              kSnapshotEntryBytesMax);

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
  hash.update(snapshot.subspan(kSwarmsLengthOffset));
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

/// One entry of the catalogue in a snapshot; borrows.
struct EntryRecord {
  InfoHashes info_hashes;
  std::uint64_t bytes = 0;
  std::uint32_t files = 0;
  std::chrono::seconds age{};
  IpAddress source;
  std::string_view name;
};

/// Takes a byte that says how many follow, and those, off `rest`; nullopt when there are fewer.
std::optional<ByteSpan> take_counted(ByteSpan& rest) {
  if (rest.empty()) return std::nullopt;
  const auto count = std::to_integer<std::size_t>(rest.front());
  rest = rest.subspan(1);
  if (count > rest.size()) return std::nullopt;
  const ByteSpan taken = rest.first(count);
  rest = rest.subspan(count);
  return taken;
}

std::optional<IpAddress> address_in(ByteSpan raw) {
  std::array<std::byte, 4> v4{};
  std::array<std::byte, 16> v6{};
  if (raw.size() == v4.size()) {
    std::copy(raw.begin(), raw.end(), v4.begin());
    return IpAddress::v4(v4);
  }
  if (raw.size() != v6.size()) return std::nullopt;
  std::copy(raw.begin(), raw.end(), v6.begin());
  return IpAddress::v6(v6);
}

/// Takes the entry at the front of `rest`; nullopt when it is not an entry.
std::optional<EntryRecord> take_entry(ByteSpan& rest, std::uint32_t version) {
  if (rest.size() < kEntryFixedBytes) return std::nullopt;
  EntryRecord record;
  record.info_hashes.v2 = InfoHash::from(rest.first(InfoHash::kSize));
  const std::byte* at = rest.data() + InfoHash::kSize;
  record.bytes = load_be<std::uint64_t>(at);
  record.files = load_be<std::uint32_t>(at + 8);
  record.age = std::chrono::seconds(load_be<std::uint32_t>(at + 12));
  rest = rest.subspan(kEntryFixedBytes);
  const std::optional<ByteSpan> source = take_counted(rest);
  const std::optional<IpAddress> address = source ? address_in(*source) : std::nullopt;
  const std::optional<ByteSpan> name = address ? take_counted(rest) : std::nullopt;
  if (!name || name->empty()) return std::nullopt;
  record.source = *address;
  record.name = as_text(*name);
  if (version == kVersionWithoutV1Hashes) return record;
  const std::optional<ByteSpan> v1 = take_counted(rest);
  if (v1 && !v1->empty()) record.info_hashes.v1 = InfoHashV1::from(*v1);
  return v1 && (v1->empty() || record.info_hashes.v1) ? std::optional(record) : std::nullopt;
}

struct Sections {
  ByteSpan swarms;
  ByteSpan entries;
  std::uint32_t version = kVersion;
};

/// The sections of a whole and undamaged snapshot.
Result<Sections> check_snapshot(ByteSpan snapshot) {
  const Error damaged{ErrorKind::malformed, "it is damaged"};
  if (snapshot.size() < kSwarmsLengthOffset || !as_text(snapshot).starts_with(kMagic)) {
    return Error{ErrorKind::malformed, "it is not a tracker snapshot"};
  }
  const auto version = load_be<std::uint32_t>(snapshot.data() + kVersionOffset);
  if (version != kVersion && version != kVersionWithoutV1Hashes && version != kVersionWithoutCatalogue) {
    return Error{ErrorKind::unsupported, "it is from another version of stp"};
  }
  if (Hash256::from(snapshot.subspan(kChecksumOffset, sizeof(Hash256))) != checksum(snapshot)) {
    return Error{ErrorKind::integrity, "it is damaged"};
  }
  Sections sections{snapshot.subspan(kSwarmsLengthOffset), {}, version};
  if (version != kVersionWithoutCatalogue) {
    if (snapshot.size() < kSnapshotHeaderBytes) return damaged;
    const auto bytes = load_be<std::uint64_t>(snapshot.data() + kSwarmsLengthOffset);
    const ByteSpan body = snapshot.subspan(kSnapshotHeaderBytes);
    if (bytes > body.size()) return damaged;
    sections = {body.first(bytes), body.subspan(bytes), version};
  }
  for (ByteSpan rest = sections.swarms; !rest.empty();) {
    if (!take_record(rest)) return damaged;
  }
  for (ByteSpan rest = sections.entries; !rest.empty();) {
    if (!take_entry(rest, version)) return damaged;
  }
  return sections;
}

}  // namespace

std::size_t snapshot_bytes_max(const RegistryConfig& config, const CatalogueConfig& catalogue) {
  return kSnapshotHeaderBytes + config.swarms_max * kSnapshotSwarmBytes + config.peers_max * kPeerBytesV6 +
         catalogue.entries_max * kSnapshotEntryBytesMax;
}

SnapshotWriter::SnapshotWriter(const Registry& registry, std::int64_t unix_now, Instant now, const Catalogue* catalogue)
    : registry_(registry),
      catalogue_(catalogue),
      tick_(registry.tick_of(now)),
      now_(now),
      left_(registry.swarms_.size()),
      entries_left_(catalogue != nullptr ? catalogue->entries_.size() : 0) {
  const RegistryTotals& totals = registry.totals();
  std::size_t bytes = kSnapshotHeaderBytes + totals.swarms * kSnapshotSwarmBytes + totals.peers_v4 * kPeerBytesV4 +
                      totals.peers_v6 * kPeerBytesV6;
  if (catalogue != nullptr) {
    bytes += entries_left_ * (kSnapshotEntryBytesMax - content::kComponentBytesMax) + catalogue->name_bytes_;
  }
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

void SnapshotWriter::write_swarm(const Registry::Swarm& swarm) {
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

void SnapshotWriter::write_entry(const Catalogue::Entry& entry) {
  if (!entry.listed) return;
  // Listed after the writing began: 0 seconds ago.
  const auto age = std::chrono::floor<std::chrono::seconds>(std::max(now_ - entry.since, Duration::zero())).count();
  constexpr std::int64_t kAgeMax = std::numeric_limits<std::uint32_t>::max();
  append(out_, entry.info_hash.span());
  append_be(out_, static_cast<std::uint64_t>(entry.bytes));
  append_be(out_, entry.files);
  append_be(out_, static_cast<std::uint32_t>(std::min<std::int64_t>(age, kAgeMax)));
  append_be(out_, static_cast<std::uint8_t>(entry.source.bytes().size()));
  append(out_, entry.source.bytes());
  append_be(out_, static_cast<std::uint8_t>(entry.name().size()));
  append(out_, as_bytes(entry.name()));
  append_be(out_, static_cast<std::uint8_t>(entry.info_hash_v1 ? InfoHashV1::kSize : 0));
  if (entry.info_hash_v1) append(out_, entry.info_hash_v1->span());
}

bool SnapshotWriter::write_some(std::size_t bytes) {
  const std::size_t begin = out_.size();
  const auto has_room = [&] { return out_.size() - begin < bytes; };
  left_ = std::min(left_, registry_.swarms_.size());
  while (left_ > 0 && has_room()) write_swarm(registry_.swarms_[--left_]);
  if (left_ > 0) return false;
  if (!swarms_written_) {
    store_be(out_.data() + kSwarmsLengthOffset, static_cast<std::uint64_t>(out_.size() - kSnapshotHeaderBytes));
    swarms_written_ = true;
  }
  if (catalogue_ == nullptr) return true;
  entries_left_ = std::min(entries_left_, catalogue_->entries_.size());
  while (entries_left_ > 0 && has_room()) write_entry(catalogue_->entries_[--entries_left_]);
  return entries_left_ == 0;
}

void seal_snapshot(Bytes& snapshot) {
  const Hash256 sum = checksum(snapshot);
  std::copy(sum.bytes.begin(), sum.bytes.end(), snapshot.begin() + kChecksumOffset);
}

Bytes make_snapshot(const Registry& registry, std::int64_t unix_now, Instant now, const Catalogue* catalogue) {
  SnapshotWriter writer(registry, unix_now, now, catalogue);
  writer.write_some(std::numeric_limits<std::size_t>::max());
  Bytes snapshot = writer.take();
  seal_snapshot(snapshot);
  return snapshot;
}

/// Puts the records of a checked snapshot into a registry and a catalogue.
class SnapshotReader {
 public:
  SnapshotReader(Registry& registry, Duration down, Instant now)
      : registry_(registry), down_(down), now_(now), tick_(registry.tick_of(now)) {}

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

  void take(const EntryRecord& record, Catalogue& catalogue) {
    constexpr std::uint64_t kBytesMax = std::numeric_limits<std::int64_t>::max();
    if (!content::check_component(record.name) || record.bytes > kBytesMax) return;
    if (catalogue.find_swarm(swarm_of(*record.info_hashes.v2)) != HashIndex::kNone) return;
    if (!catalogue.admit(record.source.origin(), 2 * record.name.size())) return;
    const HashIndex::Position at =
        catalogue.add(record.info_hashes, record.name, static_cast<std::int64_t>(record.bytes), record.files,
                      record.source, now_ - record.age - down_);
    catalogue.entries_[at].listed = true;  // no change that wants a snapshot
    --catalogue.held_;
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
  const Instant now_;
  const Tick tick_;
};

Status restore_snapshot(Registry& registry, ByteSpan snapshot, std::int64_t unix_now, Instant now,
                        Catalogue* catalogue) {
  STP_ASSERT(registry.totals().swarms == 0 && (catalogue == nullptr || catalogue->size() == 0));
  const Result<Sections> sections = check_snapshot(snapshot);
  if (!sections) return sections.error();
  const auto made = static_cast<std::int64_t>(load_be<std::uint64_t>(snapshot.data() + kTimeOffset));
  // Compared first: the difference of two arbitrary numbers may overflow.
  std::int64_t down = 0;
  if (made < unix_now) {
    down = made < unix_now - kDownSecondsMax ? kDownSecondsMax : unix_now - made;
  }
  registry.handle_timeout(now);  // the registry's time begins here
  SnapshotReader reader(registry, std::chrono::seconds(down), now);
  for (ByteSpan rest = sections->swarms; !rest.empty();) reader.take(*take_record(rest));
  if (catalogue == nullptr) return Done{};
  for (ByteSpan rest = sections->entries; !rest.empty();) {
    reader.take(*take_entry(rest, sections->version), *catalogue);
  }
  return Done{};
}

}  // namespace stp::tracker
