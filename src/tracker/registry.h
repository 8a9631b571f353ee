// Registry: who is in which swarm. The core of the tracker, without I/O, HTTP or clock.
//
// Spec: BEP 3 (announce, interval), BEP 7 (IPv6), BEP 21 (partial seeds), BEP 23 (compact forms), BEP 48 (scrape).
// Deviations and choices (docs/protocol-tracker.md):
//   - A peer is its source address and port, never its peer_id: anybody can claim an id. Ids are remembered only for
//     replies in dictionaries, as long as peer_ids.h has room.
//   - A seed or partial seed is given downloaders, which want something from it. Seeds are added only when it has just
//     started, or when a tiny swarm has no downloader: a client without metainfo may call itself a seed (aria2 sends
//     `left=0` for a magnet link) and would otherwise be given nobody. A peer that sends `stopped` is given nobody.
//   - Up to three quarters of the peers in a reply come from the asker's own address family while there are enough, the
//     rest from the other one, so the swarm does not split by family.
//   - A tiny swarm that has just been joined gets a short interval for a limited number of replies
//     (RegistryConfig::eager_*): people who wait for each other find their first peer in seconds, and a swarm that
//     stays lonely falls back to the ordinary interval.
//
// Time is counted in ticks of expiry / 180 (15 s): a peer lives until it has been silent for more than `expiry`, at
// most one tick longer. Expired peers are never counted or handed out; their memory is freed when their swarm is next
// touched, or by the slow sweep over all swarms that every call advances a little (1/16 of the swarms per step, so no
// call stalls).
//
// Memory: PeerSet's 8 or 20 bytes per peer plus slack and index, together about 17 and 30 to 34, and about 110 per
// swarm. Everything is bounded by RegistryConfig; past a bound newcomers are refused with the reason, while known peers
// are still served.
//
// Invariants (check_invariants()):
//   1. no swarm is empty, and each is found under its key;
//   2. the totals are the sums over all swarms, and memory_bytes the bytes they hold;
//   3. the peers counted for each group of source addresses are those in a swarm.
//
// One shard: a server with many cores gives each thread its own Registry and picks it by key. Not thread-safe. `rng`
// must outlive the registry; `now` must never decrease.
#pragma once

#include <chrono>
#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <vector>

#include "core/bytes.h"
#include "core/endpoint.h"
#include "core/hash_index.h"
#include "core/ids.h"
#include "core/result.h"
#include "core/rng.h"
#include "core/time.h"
#include "tracker/peer_ids.h"
#include "tracker/peer_set.h"

namespace stp::tracker {

/// What an announce says besides the numbers (BEP 3). `none` is the periodic one; a partial seed always sends `paused`
/// (BEP 21).
enum class AnnounceEvent : std::uint8_t { none, started, completed, stopped, paused };

struct RegistryConfig {
  // What clients are told: announce again after `interval` ± `interval_jitter`, never sooner than `min_interval`.
  Duration interval = std::chrono::minutes(30);
  Duration interval_jitter = std::chrono::minutes(3);
  Duration min_interval = std::chrono::minutes(15);

  // The same for a swarm of fewer than `eager_peers` peers. Every peer that joins grants its swarm
  // `eager_replies_per_join` such replies, of which at most 255 accumulate. Lists of public trackers refuse intervals
  // below five minutes, hence six with up to 36 s of jitter.
  Duration eager_interval = std::chrono::minutes(6);
  Duration eager_min_interval = std::chrono::seconds(30);
  std::uint32_t eager_peers = 10;
  std::uint32_t eager_replies_per_join = 16;

  // A peer that has been silent for longer is gone.
  Duration expiry = std::chrono::minutes(45);

  std::uint32_t numwant_default = 50;
  std::uint32_t numwant_max = 200;

  std::size_t swarms_max = 4'000'000;
  std::size_t peers_max = 20'000'000;
  std::size_t memory_bytes_max = std::size_t{1} << 30;
  // Peers announced from one IPv4 address or IPv6 /64, loopback excepted. Addresses are counted in 2^16 groups by a
  // keyed hash, so the bound costs a fixed 256 KiB; sharing a group with others matters only when the registry is full
  // of them.
  std::uint32_t peers_per_source_max = 20'000;
  // Peer ids that are remembered, in addition to the memory bound: at most 10 MiB.
  std::size_t peer_ids_max = std::size_t{1} << 18;
};

/// One announce, from the query and the connection.
struct Announce {
  SwarmKey key;
  Endpoint peer;  // source address, and the port that it says it listens on
  AnnounceEvent event = AnnounceEvent::none;
  bool seed = false;                     // BEP 3 left=0
  std::optional<std::uint32_t> numwant;  // absent: the default
  std::optional<SessionId> peer_id = std::nullopt;
  bool wants_peer_ids = false;  // fill in AnnounceReply::peer_ids
  /// What it is in the swarm.
  [[nodiscard]] PeerKind kind() const {
    if (seed) return PeerKind::seed;
    return event == AnnounceEvent::paused ? PeerKind::partial_seed : PeerKind::downloader;
  }
};

/// Swarm sizes as announces and scrapes report them.
struct SwarmCounts {
  std::uint32_t complete = 0;    // seeds
  std::uint32_t incomplete = 0;  // leeches, including partial seeds
  std::uint32_t downloaded = 0;  // leeches that became seeds, since the swarm appeared
  std::uint32_t partial_seeds = 0;
  [[nodiscard]] std::uint32_t downloaders() const { return incomplete - partial_seeds; }  // BEP 21
  bool operator==(const SwarmCounts&) const = default;
};

struct AnnounceReply {
  std::chrono::seconds interval{};
  std::chrono::seconds min_interval{};
  SwarmCounts counts;
  Bytes peers;                                          // 6 bytes each (BEP 23)
  Bytes peers6;                                         // 18 bytes each (BEP 7)
  std::vector<std::optional<SessionId>> peer_ids = {};  // of peers, then peers6, if requested
  std::optional<IpAddress> external = std::nullopt;     // the asker as the tracker sees it (BEP 24)
};

/// What a registry holds.
struct RegistryTotals {
  std::size_t swarms = 0;
  std::size_t peers_v4 = 0;
  std::size_t peers_v6 = 0;
  std::size_t seeds = 0;
  std::size_t memory_bytes = 0;
  [[nodiscard]] std::size_t peers() const { return peers_v4 + peers_v6; }
  bool operator==(const RegistryTotals&) const = default;
};

class Registry {
 public:
  Registry(const RegistryConfig& config, Rng& rng);

  /// Records the announce and returns peers. Refuses port 0 and addresses that cannot be dialled (malformed), and a
  /// newcomer when there is no room (limit); the messages are fit for a `failure reason`.
  [[nodiscard]] Result<AnnounceReply> announce(const Announce& announce, Instant now);

  /// The counts of a swarm; nullopt when nobody is in it.
  [[nodiscard]] std::optional<SwarmCounts> scrape(const SwarmKey& key, Instant now);

  /// Whether a peer of the swarm has this source address (IPv6: its /64), on any port. Looks at all its peers unless
  /// the source has none anywhere: the caller bounds how often, by looking_bytes().
  [[nodiscard]] bool has_peer_from(const SwarmKey& key, const IpAddress& source, Instant now);

  /// The bytes that has_peer_from() reads.
  [[nodiscard]] std::size_t looking_bytes(const SwarmKey& key, const IpAddress& source) const;

  /// Frees the memory of expired peers. Calling it at next_timeout() keeps an idle registry small; answers are correct
  /// without it.
  void handle_timeout(Instant now);
  /// nullopt when the registry is empty.
  [[nodiscard]] std::optional<Instant> next_timeout() const;

  /// Grows with every announce that records or removes a peer: shows whether a new snapshot (snapshot.h) is worthwhile.
  [[nodiscard]] std::uint64_t revision() const { return revision_; }

  [[nodiscard]] const RegistryTotals& totals() const { return totals_; }
  [[nodiscard]] const RegistryConfig& config() const { return config_; }

  /// Asserts the invariants. For tests and the simulator.
  void check_invariants() const;

 private:
  friend class SnapshotWriter;
  friend class SnapshotReader;
  using Peers4 = PeerSet<4>;
  using Peers6 = PeerSet<16>;
  using SwarmIndex = HashIndex::Position;

  struct Swarm {
    SwarmKey key;
    std::uint32_t downloaded = 0;
    Peers4 v4;
    std::unique_ptr<Peers6> v6;  // most swarms have none
    Tick sweep_due = 0;          // nobody expires before this tick
    std::uint8_t eager = 0;      // short intervals that may still be sent

    [[nodiscard]] std::size_t size() const { return v4.size() + (v6 ? v6->size() : 0); }
    [[nodiscard]] std::size_t seeds() const { return v4.seeds() + (v6 ? v6->seeds() : 0); }
    [[nodiscard]] std::size_t downloaders() const { return v4.downloaders() + (v6 ? v6->downloaders() : 0); }
    [[nodiscard]] std::size_t memory_bytes() const;
    [[nodiscard]] SwarmCounts counts() const;
  };
  /// Adds what changes in one swarm during this object's life to the totals.
  class Accounting;

  [[nodiscard]] Tick tick_of(Instant now) const;
  void advance(Instant now);
  void sweep(Swarm& swarm, Tick now);
  /// Drops the swarm if it is empty; returns whether it was.
  bool remove_if_empty(SwarmIndex index);

  [[nodiscard]] SwarmIndex find(const SwarmKey& key) const;
  [[nodiscard]] SwarmIndex create(const SwarmKey& key, Tick now);
  [[nodiscard]] Status admit(const Endpoint& peer, const Swarm* swarm) const;
  template <class Set>
  [[nodiscard]] Result<HashIndex::Position> record(Swarm& swarm, Set& set, const Announce& announce, Tick now);
  /// The same for the set of its address family.
  [[nodiscard]] Result<HashIndex::Position> record(Swarm& swarm, const Announce& announce, Tick now);
  AnnounceReply reply_without_peers(Swarm& swarm, const Announce& announce);
  void add_peers(const Swarm& swarm, const Announce& announce, HashIndex::Position self, AnnounceReply& reply);
  /// Which peers of a set may be drawn.
  enum class Draw : std::uint8_t { all, downloaders, seeds };  // seeds: including partial ones
  /// Appends up to `wanted` of them to the reply; `self` is the asker's position in the set of its family. Returns how
  /// many.
  std::size_t draw_peers(const Swarm& swarm, Draw draw, std::size_t wanted, bool asker_is_v4, HashIndex::Position self,
                         AnnounceReply& reply);
  void add_peer_ids(const SwarmKey& key, AnnounceReply& reply) const;
  /// The hash under which PeerIds knows a peer in compact form.
  [[nodiscard]] std::uint64_t hash_of_peer(const SwarmKey& key, ByteSpan compact) const;
  void remember_peer_id(const Announce& announce);
  [[nodiscard]] AnnounceReply leave(const Announce& announce, Tick now);
  [[nodiscard]] std::size_t source_group(ByteSpan address) const;

  RegistryConfig config_;
  Rng& rng_;
  SecretHash hash_;
  std::deque<Swarm> swarms_;  // dense: the last one moves into a gap
  HashIndex index_;           // by key
  std::vector<std::uint32_t> source_peers_;
  PeerIds peer_ids_;
  RegistryTotals totals_;
  std::uint64_t revision_ = 0;

  Duration tick_length_;
  Tick expiry_ticks_;
  Instant last_call_{};
  Instant next_step_{};
  std::size_t sweep_cursor_ = 0;
};

}  // namespace stp::tracker
