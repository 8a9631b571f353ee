#include "dht/source_limiter.h"

#include <algorithm>

namespace stp::dht {

SourceLimiter::SourceLimiter(const SourceConfig& config, Rng& rng) : config_(config), key_(rng.next()) {}

std::uint64_t SourceLimiter::hash(const IpAddress& source) const {
  const ByteSpan bytes = source.bytes().first(source.is_v4() ? 4 : 8);
  std::uint64_t value = key_;
  for (const std::byte b : bytes) {
    value = (value ^ std::to_integer<std::uint64_t>(b)) * 0x9e3779b97f4a7c15;
    value ^= value >> 29;
  }
  return value | 1;
}

bool SourceLimiter::allow(const IpAddress& source, Instant now) {
  if (source.is_local()) return true;
  if (slots_.empty()) slots_.resize(kSourceSlots);
  const std::uint64_t id = hash(source);
  const std::size_t first = static_cast<std::size_t>(id >> 32) % (kSourceSlots / kWays) * kWays;
  const auto begin = slots_.begin() + static_cast<std::ptrdiff_t>(first);
  const auto end = begin + kWays;
  auto slot = std::find_if(begin, end, [id](const Slot& candidate) { return candidate.source == id; });
  if (slot == end) {
    slot = std::min_element(begin, end, [](const Slot& a, const Slot& b) {
      return (a.source != 0) != (b.source != 0) ? a.source == 0 : a.last < b.last;
    });
    *slot = {id, now, config_.burst};
  }
  slot->tokens = std::min(config_.burst, slot->tokens + seconds_of(now - slot->last) * config_.queries_per_second);
  slot->last = now;
  if (slot->tokens < 1) return false;
  slot->tokens -= 1;
  return true;
}

}  // namespace stp::dht
