// Catalogue: the shares of a tracker by name. A core without I/O or HTTP.
//
// An entry is made from the info dictionary of a public share. Its SHA-256 is the info-hash, so that nobody can list a
// share under another name, size or number of files than its own. What anybody can do is to list a share of their own
// under any name: a name says what a share is called, not what it is.
//
// The life of an entry is tied to its swarm in the registry:
//
//   put() ──from a peer of the swarm──▶ listed ──nobody in the swarm for `linger`──▶ forgotten
//     └──from anybody else──▶ held ──that source announces itself within `hold`──▶ listed
//                               └──it does not──▶ forgotten
//
// Memory: only what is shown is kept (hashes, name, size, number of files), not the dictionary: about 220 bytes plus the name.
// Entries, the bytes of their names, and the entries of one source (IPv4 address or IPv6 /64) are bounded; past a bound
// newcomers are refused with the reason. Time: a search looks at every entry, most of the time only at 64 bits of it
// (name_pattern.h). What searches and dictionaries cost is bounded per call and per second, because nothing is
// announced meanwhile: CatalogueConfig::search_steps_*, put_bytes_per_second. Measured on a busy core with 100,000
// entries (bench/micro_catalogue.cpp): a search takes 0.4 to 7 ms, and is refused after 30 ms at most.
//
// The order of results uses counts of seeds that are at most kRound old; what is returned has the present ones.
//
// Invariants (check_invariants()):
//   1. each entry is found under its swarm key, and no two have the same;
//   2. name_bits_ has the bits of each; held_, name_bytes_ and the entries counted for each group of sources are sums
//      over the entries;
//   3. the bounds hold.
//
// Not thread-safe. The registry and `rng` must outlive the catalogue; `now` must never decrease.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/bytes.h"
#include "core/endpoint.h"
#include "core/hash_index.h"
#include "core/ids.h"
#include "core/pace.h"
#include "core/result.h"
#include "core/rng.h"
#include "core/time.h"
#include "tracker/catalogue_query.h"
#include "tracker/registry.h"

namespace stp::tracker {

struct CatalogueConfig {
  std::size_t entries_max = 200'000;
  /// Loopback excepted.
  std::uint32_t entries_per_source_max = 10'000;
  std::size_t name_bytes_max = std::size_t{32} << 20;
  /// Of the entries, those that wait for an announce: who is not in a swarm cannot fill the catalogue.
  std::size_t held_max = 10'000;

  /// How long an entry waits for the announce of whoever put it.
  Duration hold = std::chrono::minutes(1);
  /// How long an entry outlives the last peer of its swarm.
  Duration linger = std::chrono::minutes(5);

  /// A step takes about 6 ns. At most this many per search (others are refused), and per second on average. A plain
  /// search of a full catalogue takes up to 3 million.
  std::uint64_t search_steps_max = 4'000'000;
  std::uint64_t search_steps_per_second = 16'000'000;
  /// Dictionaries that are hashed and read (8 ms of work for each MiB at worst), and peers among which the sender of one
  /// is looked for.
  std::uint64_t put_bytes_per_second = std::uint64_t{8} << 20;
};

/// The swarm of a share: its info-hash, truncated (BEP 52).
[[nodiscard]] SwarmKey swarm_of(const InfoHash& info_hash);

class Catalogue {
 public:
  /// A round over all entries: how old a count of seeds may be.
  static constexpr Duration kRound = std::chrono::seconds(15);

  Catalogue(const CatalogueConfig& config, Registry& registry, Rng& rng);

  enum class Put : std::uint8_t {
    listed,  // it is in the catalogue, perhaps since before
    held     // it will be once this source is in the swarm
  };
  /// Takes the info dictionary of a share from `source`. Errors: integrity (another hash), malformed, unsupported,
  /// denied (private, BEP 27), limit (no room), busy (too much at the moment).
  [[nodiscard]] Result<Put> put(const InfoHash& info_hash, ByteSpan dictionary, const IpAddress& source, Instant now);

  /// What put() will say whatever the dictionary is; nullopt if it depends on it. Spares everybody the dictionary.
  [[nodiscard]] std::optional<Result<Put>> foresee(const InfoHash& info_hash, const IpAddress& source, Instant now);

  /// A peer at `address` has joined the swarm or is still in it: lists what was held for it.
  void handle_announce(const SwarmKey& swarm, const IpAddress& address, Instant now);

  /// One page of the shares whose name matches. Errors: limit (the pattern takes too long), busy.
  [[nodiscard]] Result<SharePage> search(const ShareQuery& query, Instant now);

  /// The listed share with this hash.
  [[nodiscard]] std::optional<ListedShare> find(const InfoHash& info_hash, Instant now);

  /// Forgets every entry for which `stays` is false.
  void keep_only(const std::function<bool(const SwarmKey&)>& stays);

  /// Looks at the next entries: removes what is over and counts seeds. Call it once per second; every other call with
  /// `now` does it as well.
  void handle_timeout(Instant now);

  /// Grows when an entry is listed or forgotten: shows whether a new snapshot (snapshot.h) is worthwhile.
  [[nodiscard]] std::uint64_t revision() const { return revision_; }
  /// Entries, including those that are held.
  [[nodiscard]] std::size_t size() const { return entries_.size(); }
  [[nodiscard]] const CatalogueConfig& config() const { return config_; }

  /// Asserts the invariants. For tests.
  void check_invariants() const;

 private:
  friend class SnapshotWriter;
  friend class SnapshotReader;
  using Position = HashIndex::Position;

  struct Entry {
    InfoHash info_hash;
    std::optional<InfoHashV1> info_hash_v1;  // of a hybrid
    std::string text;                        // the name; behind it the folded name, unless it is the same
    std::uint16_t name_bytes = 0;
    bool listed = false;
    std::uint32_t files = 0;
    std::int64_t bytes = 0;
    IpAddress source;              // IpAddress::origin() of whoever put it
    Instant since;                 // when it was listed, or, while it is held, put
    Instant empty_since = kNever;  // since when its swarm has had no peer
    std::uint32_t seeds = 0;       // at the last look

    [[nodiscard]] std::string_view name() const { return std::string_view(text).substr(0, name_bytes); }
    [[nodiscard]] std::string_view folded() const {
      return text.size() == name_bytes ? name() : std::string_view(text).substr(name_bytes);
    }
  };
  struct Candidate {
    Position position = 0;
    std::uint8_t closeness = 0;
    std::uint64_t rank = 0;  // larger comes first
    std::uint64_t tie = 0;   // the front of the info-hash: smaller comes first
  };

  [[nodiscard]] Position find_swarm(const SwarmKey& swarm) const;
  [[nodiscard]] Status admit(const IpAddress& source, std::size_t name_bytes) const;
  [[nodiscard]] Status admit_source(const IpAddress& source) const;
  /// Adds an entry that is held. It has a v2 hash, and its name is not empty.
  Position add(const InfoHashes& info_hashes, std::string_view name, std::int64_t bytes, std::uint32_t files,
               const IpAddress& source, Instant now);
  /// Whether `source` has a peer in the swarm; spends what looking costs.
  [[nodiscard]] bool is_peer(const SwarmKey& swarm, const IpAddress& source, Instant now);
  void list(Entry& entry, Instant now);
  void remove(Position position);
  /// Removes the entry if it is over; returns whether it was.
  bool look_at(Position position, Instant now);
  void advance(Instant now);
  [[nodiscard]] Result<std::vector<Candidate>> candidates(const ShareQuery& query, Instant now);
  [[nodiscard]] std::uint64_t rank_of(const Entry& entry, ShareOrder order) const;
  [[nodiscard]] bool comes_before(const Candidate& a, const Candidate& b, ShareOrder order) const;
  [[nodiscard]] ListedShare shown(const Entry& entry, Instant now) const;
  [[nodiscard]] std::size_t source_group(const IpAddress& source) const;

  CatalogueConfig config_;
  Registry& registry_;
  SecretHash hash_;
  std::vector<Entry> entries_;            // dense: the last one moves into a gap
  std::vector<std::uint64_t> name_bits_;  // pair_bits() of their folded names; apart, because a search reads them all
  HashIndex index_;                       // by swarm key
  std::vector<std::uint32_t> source_entries_;
  std::size_t name_bytes_ = 0;  // of all texts
  std::size_t held_ = 0;
  std::uint64_t revision_ = 0;

  Instant last_call_{};
  std::size_t cursor_ = 0;  // where the round goes on
  Duration owed_{};         // of the round, not yet done
  Pace search_pace_;        // in steps
  Pace put_pace_;           // in bytes
};

}  // namespace stp::tracker
