#include "tracker/registry.h"

#include <algorithm>
#include <array>
#include <limits>
#include <string>

namespace stp::tracker {
namespace {

constexpr std::size_t kExpiryTicks = 180;
constexpr std::size_t kSweepSteps = 16;  // steps for one round over all swarms
constexpr std::size_t kSourceGroups = 1 << 14;
constexpr std::size_t kPrefixBytesV6 = 8;  // one customer has at least a /64

// Ages are differences modulo 2^16. A round of the sweep takes kSweepSteps steps, and a pause between calls that is
// longer than the expiry empties the registry; so even a swarm that a removal moved behind the sweep's cursor, and that
// waits for several rounds, is checked before its ages wrap around.
static_assert(5 * kSweepSteps * (2 * kExpiryTicks + 1) < std::numeric_limits<Tick>::max() / 2);

Error full(std::string what) {
  return {ErrorKind::limit, "tracker is full: " + std::move(what)};
}

template <std::size_t AddressBytes>
typename PeerSet<AddressBytes>::Compact compact_of(const Endpoint& peer) {
  typename PeerSet<AddressBytes>::Compact compact{};
  const ByteSpan address = peer.address.bytes();
  STP_ASSERT(address.size() == AddressBytes);
  std::copy(address.begin(), address.end(), compact.begin());
  store_be(compact.data() + AddressBytes, peer.port);
  return compact;
}

ByteSpan address_of(ByteSpan compact) {
  return compact.first(compact.size() - sizeof(Port));
}

}  // namespace

class Registry::Accounting {
 public:
  Accounting(RegistryTotals& totals, const Swarm& swarm) : totals_(totals), swarm_(swarm), before_(measure(swarm)) {}
  ~Accounting() {
    const RegistryTotals after = measure(swarm_);
    totals_.peers_v4 += after.peers_v4 - before_.peers_v4;
    totals_.peers_v6 += after.peers_v6 - before_.peers_v6;
    totals_.seeds += after.seeds - before_.seeds;
    totals_.memory_bytes += after.memory_bytes - before_.memory_bytes;
  }
  Accounting(const Accounting&) = delete;
  Accounting& operator=(const Accounting&) = delete;

 private:
  static RegistryTotals measure(const Swarm& swarm) {
    return {1, swarm.v4.size(), swarm.v6 ? swarm.v6->size() : 0, swarm.seeds(), swarm.memory_bytes()};
  }

  RegistryTotals& totals_;
  const Swarm& swarm_;
  const RegistryTotals before_;
};

std::size_t Registry::Swarm::memory_bytes() const {
  return sizeof(Swarm) + v4.memory_bytes() + (v6 ? sizeof(Peers6) + v6->memory_bytes() : 0);
}

SwarmCounts Registry::Swarm::counts() const {
  return {static_cast<std::uint32_t>(seeds()), static_cast<std::uint32_t>(size() - seeds()), downloaded,
          static_cast<std::uint32_t>(size() - seeds() - downloaders())};
}

Registry::Registry(const RegistryConfig& config, Rng& rng)
    : config_(config),
      rng_(rng),
      hash_(rng),
      source_peers_(kSourceGroups),
      peer_ids_(config.peer_ids_max),
      tick_length_(std::max(config.expiry / static_cast<std::int64_t>(kExpiryTicks), Duration(1))),
      expiry_ticks_(static_cast<Tick>(std::max(config.expiry, Duration(1)) / tick_length_)) {
  // An expiry that is not a multiple of 180 ns leaves a remainder; this never gives more than 2 · 180 ticks.
  STP_ASSERT(expiry_ticks_ < 2 * kExpiryTicks);
  totals_.memory_bytes = source_peers_.size() * sizeof source_peers_[0];
}

Result<AnnounceReply> Registry::announce(const Announce& announce, Instant now) {
  if (announce.peer.port == 0) return Error{ErrorKind::malformed, "port 0: peers could not connect to you"};
  if (!announce.peer.is_dialable()) {
    return Error{ErrorKind::malformed, "peers cannot connect to " + announce.peer.to_string()};
  }
  advance(now);
  const Tick tick = tick_of(now);
  if (announce.event == AnnounceEvent::stopped) return leave(announce, tick);

  SwarmIndex at = find(announce.key);
  if (at == HashIndex::kNone) {
    const Status admitted = admit(announce.peer, nullptr);
    if (!admitted) return admitted.error();
    at = create(announce.key, tick);
  }
  Swarm& swarm = swarms_[at];
  sweep(swarm, tick);
  const std::size_t before = swarm.size();
  const Result<HashIndex::Position> self = record(swarm, announce, tick);
  if (!self) {
    remove_if_empty(at);
    return self.error();
  }
  ++revision_;
  const bool is_new = swarm.size() > before || announce.event == AnnounceEvent::started;
  if (announce.peer_id && is_new) remember_peer_id(announce);
  AnnounceReply reply = reply_without_peers(swarm, announce);
  add_peers(swarm, announce, *self, reply);
  return reply;
}

std::optional<SwarmCounts> Registry::scrape(const SwarmKey& key, Instant now) {
  advance(now);
  const SwarmIndex at = find(key);
  if (at == HashIndex::kNone) return std::nullopt;
  sweep(swarms_[at], tick_of(now));
  if (remove_if_empty(at)) return std::nullopt;
  return swarms_[at].counts();
}

bool Registry::has_peer_from(const SwarmKey& key, const IpAddress& source, Instant now) {
  advance(now);
  const SwarmIndex at = find(key);
  if (at == HashIndex::kNone) return false;
  Swarm& swarm = swarms_[at];
  sweep(swarm, tick_of(now));
  if (looking_bytes(key, source) == 0) return false;
  const ByteSpan prefix = source.bytes().first(source.is_v4() ? source.bytes().size() : kPrefixBytesV6);
  const auto holds = [prefix](const auto& set) {
    for (HashIndex::Position peer = 0; peer < set.size(); ++peer) {
      if (std::ranges::equal(prefix, ByteSpan(set.compact(peer)).first(prefix.size()))) return true;
    }
    return false;
  };
  return source.is_v4() ? holds(swarm.v4) : swarm.v6 && holds(*swarm.v6);
}

std::size_t Registry::looking_bytes(const SwarmKey& key, const IpAddress& source) const {
  const SwarmIndex at = find(key);
  if (at == HashIndex::kNone || source_peers_[source_group(source.bytes())] == 0) return 0;
  const Swarm& swarm = swarms_[at];
  if (source.is_v4()) return swarm.v4.size() * Peers4::kCompactBytes;
  return swarm.v6 ? swarm.v6->size() * Peers6::kCompactBytes : 0;
}

void Registry::handle_timeout(Instant now) {
  advance(now);
}

std::optional<Instant> Registry::next_timeout() const {
  if (swarms_.empty()) return std::nullopt;
  return next_step_;
}

Tick Registry::tick_of(Instant now) const {
  return static_cast<Tick>(now.time_since_epoch() / tick_length_);
}

void Registry::advance(Instant now) {
  STP_ASSERT(now >= last_call_ || swarms_.empty());
  if (now - last_call_ > (expiry_ticks_ + 1) * tick_length_) {
    // All peers have expired, and ages beyond this could wrap around.
    totals_ = {};
    swarms_.clear();
    index_.clear();
    std::fill(source_peers_.begin(), source_peers_.end(), 0);
    totals_.memory_bytes = source_peers_.size() * sizeof source_peers_[0];
  }
  last_call_ = now;
  if (now < next_step_) return;
  next_step_ = now + tick_length_ / static_cast<std::int64_t>(kSweepSteps);

  const Tick tick = tick_of(now);
  for (std::size_t left = (swarms_.size() + kSweepSteps - 1) / kSweepSteps; left > 0 && !swarms_.empty(); --left) {
    if (sweep_cursor_ >= swarms_.size()) sweep_cursor_ = 0;
    sweep(swarms_[sweep_cursor_], tick);
    if (!remove_if_empty(static_cast<SwarmIndex>(sweep_cursor_))) ++sweep_cursor_;
  }
}

void Registry::sweep(Swarm& swarm, Tick now) {
  if (static_cast<std::int16_t>(now - swarm.sweep_due) < 0) return;
  const Accounting accounting(totals_, swarm);
  const auto forget = [this](const auto& compact, PeerKind /*was*/) {
    --source_peers_[source_group(address_of(compact))];
  };
  Tick next = swarm.v4.sweep(now, expiry_ticks_, hash_, forget);
  if (swarm.v6) {
    next = std::min(next, swarm.v6->sweep(now, expiry_ticks_, hash_, forget));
    if (swarm.v6->size() == 0) swarm.v6.reset();
  }
  swarm.sweep_due = static_cast<Tick>(now + next);
  // A swarm that gets peers again is a new one, whether or not its record still existed.
  if (swarm.size() == 0) swarm.downloaded = swarm.eager = 0;
}

bool Registry::remove_if_empty(SwarmIndex index) {
  Swarm& swarm = swarms_[index];
  if (swarm.size() > 0) return false;
  const auto hash_of = [this](SwarmIndex at) { return hash_(swarms_[at].key.span()); };
  const auto last = static_cast<SwarmIndex>(swarms_.size() - 1);
  totals_.memory_bytes -= swarm.memory_bytes() + index_.memory_bytes();
  index_.erase(hash_of(index), index, hash_of);
  if (index != last) {
    index_.relocate(hash_of(last), last, index);
    swarm = std::move(swarms_[last]);
  }
  swarms_.pop_back();
  totals_.memory_bytes += index_.memory_bytes();
  --totals_.swarms;
  return true;
}

Registry::SwarmIndex Registry::find(const SwarmKey& key) const {
  return index_.find(hash_(key.span()), [&](SwarmIndex at) { return swarms_[at].key == key; });
}

Registry::SwarmIndex Registry::create(const SwarmKey& key, Tick now) {
  const auto at = static_cast<SwarmIndex>(swarms_.size());
  totals_.memory_bytes -= index_.memory_bytes();
  Swarm& swarm = swarms_.emplace_back();
  swarm.key = key;
  swarm.sweep_due = static_cast<Tick>(now + expiry_ticks_ + 1);
  index_.insert(hash_(key.span()), at, [this](SwarmIndex other) { return hash_(swarms_[other].key.span()); });
  totals_.memory_bytes += index_.memory_bytes() + swarm.memory_bytes();
  ++totals_.swarms;
  return at;
}

Status Registry::admit(const Endpoint& peer, const Swarm* swarm) const {
  if (!swarm && swarms_.size() >= config_.swarms_max) return full(std::to_string(config_.swarms_max) + " swarms");
  if (totals_.peers() >= config_.peers_max) return full(std::to_string(config_.peers_max) + " peers");
  // Our own machine is not a stranger, and may stand for many peers: a proxy, a load test, a simulated swarm.
  const bool trusted = peer.address.is_loopback();
  if (!trusted && source_peers_[source_group(peer.address.bytes())] >= config_.peers_per_source_max) {
    return Error{ErrorKind::limit, "too many peers from your address"};
  }
  std::size_t growth = 0;
  if (!swarm) growth += sizeof(Swarm) + index_.growth_bytes();
  if (peer.address.is_v4()) {
    growth += swarm ? swarm->v4.growth_bytes() : Peers4().growth_bytes();
  } else {
    growth += swarm && swarm->v6 ? swarm->v6->growth_bytes() : sizeof(Peers6) + Peers6().growth_bytes();
  }
  if (totals_.memory_bytes + growth > config_.memory_bytes_max) {
    return full(std::to_string(config_.memory_bytes_max >> 20) + " MiB of peers");
  }
  return Done{};
}

template <class Set>
Result<HashIndex::Position> Registry::record(Swarm& swarm, Set& set, const Announce& announce, Tick now) {
  const auto compact = compact_of<Set::kCompactBytes - sizeof(Port)>(announce.peer);
  const HashIndex::Position known = set.find(compact, hash_);
  if (known != HashIndex::kNone) {
    const bool was_seed = set.kind(known) == PeerKind::seed;
    if (announce.event == AnnounceEvent::completed && announce.seed && !was_seed) ++swarm.downloaded;
    return set.refresh(known, announce.kind(), now, hash_);
  }
  const Status admitted = admit(announce.peer, &swarm);
  if (!admitted) return admitted.error();
  ++source_peers_[source_group(address_of(compact))];
  if (announce.event == AnnounceEvent::completed && announce.seed) ++swarm.downloaded;
  swarm.eager = static_cast<std::uint8_t>(std::min<std::uint32_t>(swarm.eager + config_.eager_replies_per_join, 255));
  return set.insert(compact, announce.kind(), now, hash_);
}

Result<HashIndex::Position> Registry::record(Swarm& swarm, const Announce& announce, Tick now) {
  const Accounting accounting(totals_, swarm);
  if (announce.peer.address.is_v4()) return record(swarm, swarm.v4, announce, now);
  if (!swarm.v6) swarm.v6 = std::make_unique<Peers6>();
  Result<HashIndex::Position> position = record(swarm, *swarm.v6, announce, now);
  if (swarm.v6->size() == 0) swarm.v6.reset();
  return position;
}

AnnounceReply Registry::reply_without_peers(Swarm& swarm, const Announce& announce) {
  Duration interval = config_.interval;
  Duration min_interval = config_.min_interval;
  Duration jitter = config_.interval_jitter;
  if (swarm.eager > 0 && swarm.size() < config_.eager_peers) {
    --swarm.eager;
    interval = config_.eager_interval;
    min_interval = config_.eager_min_interval;
    jitter = interval / 10;
  }
  if (jitter > Duration::zero()) {
    interval += Duration(static_cast<std::int64_t>(rng_.below(static_cast<std::uint64_t>(2 * jitter.count() + 1))));
    interval -= jitter;
  }
  AnnounceReply reply;
  reply.min_interval = std::max(std::chrono::ceil<std::chrono::seconds>(min_interval), std::chrono::seconds(1));
  reply.interval = std::max(std::chrono::ceil<std::chrono::seconds>(interval), reply.min_interval);
  reply.counts = swarm.counts();
  reply.external = announce.peer.address;
  return reply;
}

std::size_t Registry::draw_peers(const Swarm& swarm, Draw draw, std::size_t wanted, bool asker_is_v4,
                                 HashIndex::Position self, AnnounceReply& reply) {
  const auto range = [draw](const auto& set) {
    return std::pair(draw == Draw::seeds ? set.downloaders() : 0,
                     draw == Draw::downloaders ? set.downloaders() : set.size());
  };
  const auto available = [&](const auto& set, bool own) -> std::size_t {
    const auto [first, last] = range(set);
    return last - first - (own && self >= first && self < last ? 1 : 0);
  };
  const std::size_t v4 = available(swarm.v4, asker_is_v4);
  const std::size_t v6 = swarm.v6 ? available(*swarm.v6, !asker_is_v4) : 0;
  if (v4 + v6 == 0) return 0;
  const std::size_t own = asker_is_v4 ? v4 : v6;
  const std::size_t other = asker_is_v4 ? v6 : v4;
  const std::size_t from_other = std::min(other, std::max(wanted / 4, wanted - std::min(wanted, own)));
  const std::size_t from_own = wanted - from_other;

  const auto sample = [&](const auto& set, bool is_own, Bytes& out) {
    const auto [first, last] = range(set);
    return set.sample(is_own ? from_own : from_other, first, last, is_own ? self : HashIndex::kNone, rng_, out);
  };
  std::size_t drawn = sample(swarm.v4, asker_is_v4, reply.peers);
  if (swarm.v6) drawn += sample(*swarm.v6, !asker_is_v4, reply.peers6);
  return drawn;
}

void Registry::add_peers(const Swarm& swarm, const Announce& announce, HashIndex::Position self, AnnounceReply& reply) {
  const std::size_t wanted = std::min(announce.numwant.value_or(config_.numwant_default), config_.numwant_max);
  const bool is_v4 = announce.peer.address.is_v4();
  if (announce.kind() == PeerKind::downloader) {
    draw_peers(swarm, Draw::all, wanted, is_v4, self, reply);
  } else {
    const std::size_t drawn = draw_peers(swarm, Draw::downloaders, wanted, is_v4, self, reply);
    const bool nobody_else = drawn == 0 && swarm.size() < config_.eager_peers;
    if (drawn < wanted && (announce.event == AnnounceEvent::started || nobody_else))
      draw_peers(swarm, Draw::seeds, wanted - drawn, is_v4, self, reply);
  }
  if (announce.wants_peer_ids) add_peer_ids(announce.key, reply);
}

void Registry::add_peer_ids(const SwarmKey& key, AnnounceReply& reply) const {
  const auto add = [&](ByteSpan list, std::size_t stride) {
    for (; !list.empty(); list = list.subspan(stride)) {
      reply.peer_ids.push_back(peer_ids_.find(hash_of_peer(key, list.first(stride))));
    }
  };
  add(reply.peers, Peers4::kCompactBytes);
  add(reply.peers6, Peers6::kCompactBytes);
}

std::uint64_t Registry::hash_of_peer(const SwarmKey& key, ByteSpan compact) const {
  std::array<std::byte, SwarmKey::kSize + Peers6::kCompactBytes> text{};
  std::ranges::copy(key.bytes, text.begin());
  std::ranges::copy(compact, text.begin() + SwarmKey::kSize);
  return hash_(ByteSpan(text).first(SwarmKey::kSize + compact.size()));
}

void Registry::remember_peer_id(const Announce& announce) {
  const bool is_v4 = announce.peer.address.is_v4();
  const std::uint64_t who = is_v4 ? hash_of_peer(announce.key, compact_of<4>(announce.peer))
                                  : hash_of_peer(announce.key, compact_of<16>(announce.peer));
  peer_ids_.remember(who, *announce.peer_id);
}

AnnounceReply Registry::leave(const Announce& announce, Tick now) {
  const SwarmIndex at = find(announce.key);
  Swarm nobody;
  if (at == HashIndex::kNone) return reply_without_peers(nobody, announce);
  Swarm& swarm = swarms_[at];
  sweep(swarm, now);
  {
    const Accounting accounting(totals_, swarm);
    const auto erase = [&](auto& set, const auto& compact) {
      const HashIndex::Position position = set.find(compact, hash_);
      if (position == HashIndex::kNone) return;
      set.erase(position, hash_);
      ++revision_;
      --source_peers_[source_group(address_of(compact))];
    };
    if (announce.peer.address.is_v4()) {
      erase(swarm.v4, compact_of<4>(announce.peer));
    } else if (swarm.v6) {
      erase(*swarm.v6, compact_of<16>(announce.peer));
      if (swarm.v6->size() == 0) swarm.v6.reset();
    }
  }
  AnnounceReply reply = reply_without_peers(swarm, announce);
  remove_if_empty(at);
  return reply;
}

std::size_t Registry::source_group(ByteSpan address) const {
  return hash_(address.first(std::min(address.size(), kPrefixBytesV6))) % kSourceGroups;
}

void Registry::check_invariants() const {
  RegistryTotals sums;
  sums.swarms = swarms_.size();
  sums.memory_bytes = source_peers_.size() * sizeof source_peers_[0] + index_.memory_bytes();
  std::vector<std::uint32_t> sources(kSourceGroups);
  const auto add = [&](const auto& set) {
    set.check_invariants(hash_);
    for (HashIndex::Position at = 0; at < set.size(); ++at) ++sources[source_group(address_of(set.compact(at)))];
    sums.seeds += set.seeds();
  };
  for (SwarmIndex at = 0; at < swarms_.size(); ++at) {
    const Swarm& swarm = swarms_[at];
    STP_ASSERT(swarm.size() > 0);
    STP_ASSERT(find(swarm.key) == at);
    add(swarm.v4);
    sums.peers_v4 += swarm.v4.size();
    if (swarm.v6) {
      STP_ASSERT(swarm.v6->size() > 0);
      add(*swarm.v6);
      sums.peers_v6 += swarm.v6->size();
    }
    sums.memory_bytes += swarm.memory_bytes();
  }
  STP_ASSERT(index_.size() == swarms_.size());
  STP_ASSERT(sums == totals_);
  STP_ASSERT(sources == source_peers_);
  STP_ASSERT(totals_.memory_bytes <= std::max(config_.memory_bytes_max, kSourceGroups * sizeof(std::uint32_t)));
}

}  // namespace stp::tracker
