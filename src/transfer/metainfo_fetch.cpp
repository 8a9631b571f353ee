#include "transfer/metainfo_fetch.h"

#include <algorithm>
#include <iterator>

#include "core/info_hashes.h"
#include "crypto/sha1.h"
#include "crypto/sha256.h"

namespace stp::transfer {

MetainfoFetch::MetainfoFetch(InfoHashes info_hashes, const FetchConfig& config, Rng& rng)
    : info_hashes_(info_hashes), config_(config), rng_(rng) {}

void MetainfoFetch::add_peer(PeerHandle peer, std::uint32_t bytes) {
  sources_.insert_or_assign(peer, bytes);
}

void MetainfoFetch::remove_peer(PeerHandle peer) {
  sources_.erase(peer);
  if (current_ == peer) drop_current();
}

void MetainfoFetch::handle_reject(PeerHandle peer) {
  remove_peer(peer);
}

void MetainfoFetch::drop_current() {
  current_.reset();
  bytes_ = {};
}

MetainfoFetch::Outcome MetainfoFetch::handle_part(PeerHandle peer, std::uint32_t part, ByteSpan bytes, Instant now) {
  if (current_ != peer || part >= have_part_.size() || have_part_[part]) return Outcome::unasked;
  const std::size_t offset = std::size_t{part} * wire::kMetainfoPartBytes;
  const std::size_t expected = std::min<std::size_t>(wire::kMetainfoPartBytes, bytes_.size() - offset);
  const auto wrong = [&] {
    remove_peer(peer);
    return Outcome::wrong;
  };
  if (bytes.size() != expected) return wrong();
  std::copy(bytes.begin(), bytes.end(), bytes_.begin() + static_cast<std::ptrdiff_t>(offset));
  have_part_[part] = true;
  --in_flight_;
  deadline_ = now + config_.timeout;
  if (++received_ < have_part_.size()) return Outcome::more;
  const auto& [v1, v2] = info_hashes_;
  const bool named = (v2 && crypto::sha256(bytes_).bytes == v2->bytes) || (v1 && crypto::sha1(bytes_) == v1->bytes);
  return named ? Outcome::done : wrong();
}

void MetainfoFetch::handle_progress(PeerHandle peer, Instant now) {
  if (current_ == peer) deadline_ = now + config_.timeout;
}

std::optional<std::pair<PeerHandle, wire::MetainfoRequest>> MetainfoFetch::poll_request(Instant now) {
  if (!current_) {
    if (sources_.empty()) return std::nullopt;
    const auto chosen = std::next(sources_.begin(), static_cast<std::ptrdiff_t>(rng_.below(sources_.size())));
    current_ = chosen->first;
    bytes_.assign(chosen->second, std::byte{0});
    have_part_.assign((bytes_.size() + wire::kMetainfoPartBytes - 1) / wire::kMetainfoPartBytes, false);
    next_part_ = in_flight_ = received_ = 0;
    deadline_ = now + config_.timeout;
  }
  if (next_part_ >= have_part_.size() || in_flight_ >= config_.metainfo_parts) return std::nullopt;
  ++in_flight_;
  return std::pair(*current_, wire::MetainfoRequest{next_part_++});
}

std::optional<PeerHandle> MetainfoFetch::handle_timeout(Instant now) {
  if (!current_ || now < deadline_) return std::nullopt;
  const PeerHandle silent = *current_;
  remove_peer(silent);
  return silent;
}

std::optional<Instant> MetainfoFetch::next_timeout() const {
  return current_ ? std::optional(deadline_) : std::nullopt;
}

}  // namespace stp::transfer
