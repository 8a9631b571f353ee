#include "tracker/catalogue.h"

#include <algorithm>
#include <utility>

#include "core/fold_case.h"
#include "crypto/sha1.h"
#include "crypto/sha256.h"
#include "tracker/name_pattern.h"
#include "tracker/share_summary.h"

namespace stp::tracker {
namespace {

constexpr std::size_t kEntryGroups = 1 << 14;
/// What a match costs beside its comparison: it takes part in sorting.
constexpr std::uint64_t kStepsPerMatch = 4;

/// A second's worth may be spent at once.
Pace pace_of(std::uint64_t per_second) {
  return {static_cast<double>(per_second), static_cast<double>(per_second)};
}

/// The first eight bytes as a number, so that larger comes later in the alphabet.
std::uint64_t first_bytes(std::string_view text) {
  std::uint64_t value = 0;
  for (std::size_t i = 0; i < sizeof value; ++i) {
    value = value << 8U | (i < text.size() ? static_cast<unsigned char>(text[i]) : 0U);
  }
  return value;
}

Error no_room(std::string what) {
  return {ErrorKind::limit, "the catalogue is full: " + std::move(what)};
}

Error too_busy() {
  return {ErrorKind::busy, "the catalogue is busy; ask again in a few seconds"};
}

}  // namespace

SwarmKey swarm_of(const InfoHash& info_hash) {
  return *SwarmKey::from(info_hash.span().first(SwarmKey::kSize));
}

Catalogue::Catalogue(const CatalogueConfig& config, Registry& registry, Rng& rng)
    : config_(config),
      registry_(registry),
      hash_(rng),
      source_entries_(kEntryGroups),
      search_pace_(pace_of(config.search_steps_per_second)),
      put_pace_(pace_of(config.put_bytes_per_second)) {}

// --- entries

Catalogue::Position Catalogue::find_swarm(const SwarmKey& swarm) const {
  return index_.find(hash_(swarm.span()), [&](Position at) { return swarm_of(entries_[at].info_hash) == swarm; });
}

std::size_t Catalogue::source_group(const IpAddress& source) const {
  return hash_(source.origin().bytes()) % kEntryGroups;
}

Status Catalogue::admit_source(const IpAddress& source) const {
  if (!source.is_loopback() && source_entries_[source_group(source)] >= config_.entries_per_source_max) {
    return Error{ErrorKind::limit, "too many shares from your address"};
  }
  return Done{};
}

Status Catalogue::admit(const IpAddress& source, std::size_t name_bytes) const {
  if (entries_.size() >= config_.entries_max) return no_room(std::to_string(config_.entries_max) + " shares");
  if (name_bytes_ + name_bytes > config_.name_bytes_max) {
    return no_room(std::to_string(config_.name_bytes_max >> 20U) + " MiB of names");
  }
  return admit_source(source);
}

Catalogue::Position Catalogue::add(const InfoHashes& info_hashes, std::string_view name, std::int64_t bytes,
                                   std::uint32_t files, const IpAddress& source, Instant now) {
  const auto at = static_cast<Position>(entries_.size());
  Entry& entry = entries_.emplace_back();
  entry.info_hash = *info_hashes.v2;
  entry.info_hash_v1 = info_hashes.v1;
  entry.text = name;
  entry.name_bytes = static_cast<std::uint16_t>(name.size());
  if (const std::string folded = fold_case(name); folded != name) entry.text += folded;
  entry.text.shrink_to_fit();
  name_bits_.push_back(pair_bits(entry.folded()));
  entry.bytes = bytes;
  entry.files = files;
  entry.source = source.origin();
  entry.since = now;
  index_.insert(hash_(swarm_of(entry.info_hash).span()), at,
                [this](Position other) { return hash_(swarm_of(entries_[other].info_hash).span()); });
  ++source_entries_[source_group(entry.source)];
  name_bytes_ += entry.text.size();
  ++held_;
  return at;
}

void Catalogue::list(Entry& entry, Instant now) {
  entry.listed = true;
  entry.since = now;
  --held_;
  ++revision_;
  if (const std::optional<SwarmCounts> counts = registry_.scrape(swarm_of(entry.info_hash), now)) {
    entry.seeds = counts->complete;
  }
}

void Catalogue::remove(Position position) {
  const auto hash_of = [this](Position at) { return hash_(swarm_of(entries_[at].info_hash).span()); };
  Entry& entry = entries_[position];
  const auto last = static_cast<Position>(entries_.size() - 1);
  --source_entries_[source_group(entry.source)];
  name_bytes_ -= entry.text.size();
  if (entry.listed) {
    ++revision_;
  } else {
    --held_;
  }
  index_.erase(hash_of(position), position, hash_of);
  if (position != last) {
    index_.relocate(hash_of(last), last, position);
    entry = std::move(entries_[last]);
    name_bits_[position] = name_bits_[last];
  }
  entries_.pop_back();
  name_bits_.pop_back();
}

bool Catalogue::look_at(Position position, Instant now) {
  Entry& entry = entries_[position];
  if (!entry.listed) {
    if (now - entry.since < config_.hold) return false;
    remove(position);
    return true;
  }
  const std::optional<SwarmCounts> counts = registry_.scrape(swarm_of(entry.info_hash), now);
  entry.seeds = counts ? counts->complete : 0;
  if (counts) {
    entry.empty_since = kNever;
  } else if (entry.empty_since == kNever) {
    entry.empty_since = now;
  } else if (now - entry.empty_since >= config_.linger) {
    remove(position);
    return true;
  }
  return false;
}

void Catalogue::advance(Instant now) {
  const Duration passed = now - last_call_;
  last_call_ = now;
  if (passed <= Duration::zero()) return;
  owed_ = std::min<Duration>(owed_ + passed, kRound);
  if (entries_.empty()) return;
  const Duration each = std::max<Duration>(kRound / static_cast<std::int64_t>(entries_.size()), Duration(1));
  std::int64_t due = owed_ / each;
  owed_ -= due * each;
  for (due = std::min(due, static_cast<std::int64_t>(entries_.size())); due > 0 && !entries_.empty(); --due) {
    if (cursor_ >= entries_.size()) cursor_ = 0;
    if (!look_at(static_cast<Position>(cursor_), now)) ++cursor_;
  }
}

void Catalogue::handle_timeout(Instant now) {
  advance(now);
}

void Catalogue::keep_only(const std::function<bool(const SwarmKey&)>& stays) {
  // From the back: a gap is filled only with an entry that stays.
  for (std::size_t at = entries_.size(); at-- > 0;) {
    if (!stays(swarm_of(entries_[at].info_hash))) remove(static_cast<Position>(at));
  }
}

// --- listing

bool Catalogue::is_peer(const SwarmKey& swarm, const IpAddress& source, Instant now) {
  put_pace_.spend(static_cast<double>(registry_.looking_bytes(swarm, source)));
  return registry_.has_peer_from(swarm, source, now);
}

std::optional<Result<Catalogue::Put>> Catalogue::foresee(const InfoHash& info_hash, const IpAddress& source,
                                                         Instant now) {
  advance(now);
  const SwarmKey swarm = swarm_of(info_hash);
  const Position at = find_swarm(swarm);
  if (at == HashIndex::kNone) {
    if (Status admitted = admit(source, 1); !admitted) return Result<Put>(admitted.error());
    return std::nullopt;
  }
  Entry& entry = entries_[at];
  if (entry.info_hash != info_hash) return Result<Put>(no_room("another share has the same swarm"));
  if (entry.listed) return Result<Put>(Put::listed);
  // Its dictionary is known. Whoever comes for it now may be the peer that the other one was not.
  if (!put_pace_.ready(now)) return Result<Put>(too_busy());
  if (is_peer(swarm, source, now)) {
    list(entry, now);
    return Result<Put>(Put::listed);
  }
  if (entry.source != source.origin()) {
    if (Status admitted = admit_source(source); !admitted) return Result<Put>(admitted.error());
    --source_entries_[source_group(entry.source)];
    entry.source = source.origin();
    ++source_entries_[source_group(entry.source)];
  }
  entry.since = now;
  return Result<Put>(Put::held);
}

Result<Catalogue::Put> Catalogue::put(const InfoHash& info_hash, ByteSpan dictionary, const IpAddress& source,
                                      Instant now) {
  if (std::optional<Result<Put>> foreseen = foresee(info_hash, source, now)) return *std::move(foreseen);
  if (!put_pace_.ready(now)) return too_busy();
  put_pace_.spend(static_cast<double>(dictionary.size()));
  if (dictionary.size() > kSummaryBytesMax || crypto::sha256(dictionary).bytes != info_hash.bytes) {
    return Error{ErrorKind::integrity, "the SHA-256 of the info dictionary is not this info-hash"};
  }
  const Result<ShareSummary> summary = summarize(dictionary, info_hash);
  if (!summary) return summary.error();
  if (summary->private_flag) return Error{ErrorKind::denied, "a private torrent (private=1) is not listed"};
  if (Status admitted = admit(source, 2 * summary->name.size()); !admitted) return admitted.error();
  const bool comes_from_peer = is_peer(swarm_of(info_hash), source, now);
  if (!comes_from_peer && held_ >= config_.held_max) return too_busy();
  InfoHashes info_hashes{std::nullopt, info_hash};
  if (summary->hybrid) info_hashes.v1 = InfoHashV1{crypto::sha1(dictionary)};
  const Position at = add(info_hashes, summary->name, summary->bytes, summary->files, source, now);
  if (!comes_from_peer) return Put::held;
  list(entries_[at], now);
  return Put::listed;
}

void Catalogue::handle_announce(const SwarmKey& swarm, const IpAddress& address, Instant now) {
  if (held_ == 0) return;
  const Position at = find_swarm(swarm);
  if (at == HashIndex::kNone || entries_[at].listed || entries_[at].source != address.origin()) return;
  if (now - entries_[at].since < config_.hold) list(entries_[at], now);
}

// --- searching

std::uint64_t Catalogue::rank_of(const Entry& entry, ShareOrder order) const {
  switch (order) {
    case ShareOrder::seeds: return entry.seeds;
    case ShareOrder::name: return ~first_bytes(entry.folded());
    case ShareOrder::size: return static_cast<std::uint64_t>(entry.bytes);
    case ShareOrder::age: break;
  }
  // A time before the driver's epoch (listed before the machine was started) is negative.
  const auto seconds = std::chrono::floor<std::chrono::seconds>(entry.since.time_since_epoch()).count();
  return static_cast<std::uint64_t>(seconds) ^ (std::uint64_t{1} << 63U);
}

bool Catalogue::comes_before(const Candidate& a, const Candidate& b, ShareOrder order) const {
  if (a.closeness != b.closeness) return a.closeness > b.closeness;
  if (a.rank != b.rank) return a.rank > b.rank;
  if (order == ShareOrder::name) {
    const std::string_view first = entries_[a.position].folded();
    const std::string_view second = entries_[b.position].folded();
    if (first != second) return first < second;
  }
  if (a.tie != b.tie) return a.tie < b.tie;
  return entries_[a.position].info_hash < entries_[b.position].info_hash;
}

Result<std::vector<Catalogue::Candidate>> Catalogue::candidates(const ShareQuery& query, Instant now) {
  if (!search_pace_.ready(now)) return too_busy();
  const NamePattern pattern(query.name);
  std::vector<Candidate> found;
  std::uint64_t steps = entries_.size();
  for (Position at = 0; at < entries_.size() && steps <= config_.search_steps_max; ++at) {
    if ((name_bits_[at] & pattern.bits()) != pattern.bits()) continue;
    const Entry& entry = entries_[at];
    if (!entry.listed) continue;
    const NamePattern::Match match = pattern.match(entry.name(), entry.folded(), steps);
    if (match == NamePattern::Match::none) continue;
    steps += kStepsPerMatch;
    found.push_back({at, static_cast<std::uint8_t>(match), rank_of(entry, query.order),
                     load_be<std::uint64_t>(entry.info_hash.bytes.data())});
  }
  search_pace_.spend(static_cast<double>(steps));
  if (steps > config_.search_steps_max) {
    return Error{ErrorKind::limit, "this search takes too long; use fewer of * and ?, or more of the name"};
  }
  return found;
}

Result<SharePage> Catalogue::search(const ShareQuery& query, Instant now) {
  advance(now);
  Result<std::vector<Candidate>> found = candidates(query, now);
  if (!found) return found.error();
  SharePage page;
  page.total = found->size();
  page.page = query.page;
  const std::size_t begin = std::min((query.page - std::size_t{1}) * kPageShares, found->size());
  const std::size_t end = std::min(begin + kPageShares, found->size());
  const auto first = found->begin() + static_cast<std::ptrdiff_t>(begin);
  const auto last = found->begin() + static_cast<std::ptrdiff_t>(end);
  const auto before = [&](const Candidate& a, const Candidate& b) { return comes_before(a, b, query.order); };
  if (begin > 0 && first != found->end()) std::nth_element(found->begin(), first, found->end(), before);
  std::partial_sort(first, last, found->end(), before);
  for (auto each = first; each != last; ++each) page.shares.push_back(shown(entries_[each->position], now));
  return page;
}

std::optional<ListedShare> Catalogue::find(const InfoHash& info_hash, Instant now) {
  advance(now);
  const Position at = find_swarm(swarm_of(info_hash));
  if (at == HashIndex::kNone || !entries_[at].listed || entries_[at].info_hash != info_hash) return std::nullopt;
  return shown(entries_[at], now);
}

ListedShare Catalogue::shown(const Entry& entry, Instant now) const {
  ListedShare share;
  share.info_hash = entry.info_hash;
  share.info_hash_v1 = entry.info_hash_v1;
  share.name = entry.name();
  share.bytes = entry.bytes;
  share.files = entry.files;
  const SwarmCounts counts = registry_.scrape(swarm_of(entry.info_hash), now).value_or(SwarmCounts{});
  share.seeds = counts.complete;
  share.leeches = counts.incomplete;
  share.age = std::chrono::floor<std::chrono::seconds>(std::max(now - entry.since, Duration::zero()));
  return share;
}

void Catalogue::check_invariants() const {
  std::size_t held = 0;
  std::size_t name_bytes = 0;
  std::vector<std::uint32_t> sources(kEntryGroups);
  for (Position at = 0; at < entries_.size(); ++at) {
    const Entry& entry = entries_[at];
    STP_ASSERT(find_swarm(swarm_of(entry.info_hash)) == at);
    STP_ASSERT(!entry.name().empty() && entry.folded() == fold_case(entry.name()));
    STP_ASSERT(name_bits_[at] == pair_bits(entry.folded()));
    held += entry.listed ? 0 : 1;
    name_bytes += entry.text.size();
    ++sources[source_group(entry.source)];
  }
  STP_ASSERT(index_.size() == entries_.size() && name_bits_.size() == entries_.size());
  STP_ASSERT(held == held_ && name_bytes == name_bytes_ && sources == source_entries_);
  STP_ASSERT(entries_.size() <= config_.entries_max && name_bytes_ <= config_.name_bytes_max);
  STP_ASSERT(held_ <= config_.held_max);
}

}  // namespace stp::tracker
