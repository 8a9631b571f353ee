// Download: what we and others have, and whether we want any of it.

#include <algorithm>
#include <utility>

#include "transfer/download.h"

namespace stp::transfer {
namespace {

// Bits as on the wire, of a share whose number of chunks is not known yet.
constexpr std::byte bit_of(ChunkIndex chunk) {
  return static_cast<std::byte>(0x80U >> (chunk.value % 8));
}
bool is_set(const Bytes& bits, ChunkIndex chunk) {
  return chunk.value / 8 < bits.size() && (bits[chunk.value / 8] & bit_of(chunk)) != std::byte{0};
}
void set_bit(Bytes& bits, ChunkIndex chunk) {
  if (bits.size() <= chunk.value / 8) bits.resize(chunk.value / 8 + 1);
  bits[chunk.value / 8] |= bit_of(chunk);
}
void clear_bit(Bytes& bits, ChunkIndex chunk) {
  if (chunk.value / 8 < bits.size()) bits[chunk.value / 8] &= ~bit_of(chunk);
}

}  // namespace

void Download::remove_peer(PeerHandle handle) {
  DownloadPeer& peer = peers_.at(handle);
  requests_.release_all(peer.requests);
  if (peer.has.size() > 0) uncount_chunks(peer);
  peers_.erase(handle);
}

void Download::send_bitfield(PeerHandle handle, Instant now) {
  DownloadPeer& peer = peers_.at(handle);
  if (!picker_ || peer.bitfield_sent) return;
  peer.bitfield_sent = true;
  const Bitfield& had = holdings_.had();
  if (had.all()) {
    outbox_.send(handle, wire::HaveAll{}, now);
  } else if (had.none()) {
    outbox_.send(handle, wire::HaveNone{}, now);
  } else {
    outbox_.send(handle, wire::BitfieldMessage{to_bytes(had.bytes())}, now);
  }
}

template <class HaveOrNot>
void Download::tell(const std::vector<ChunkIndex>& chunks, Instant now) {
  for (std::size_t at = 0; at < chunks.size(); at += wire::kHavesMax) {
    const std::size_t count = std::min<std::size_t>(wire::kHavesMax, chunks.size() - at);
    const auto first = chunks.begin() + static_cast<std::ptrdiff_t>(at);
    const HaveOrNot message{std::vector<ChunkIndex>(first, first + static_cast<std::ptrdiff_t>(count))};
    for (const auto& [handle, peer] : peers_) {
      if (peer.bitfield_sent) outbox_.send(handle, message, now);
    }
  }
}

void Download::announce(const std::vector<ChunkIndex>& chunks, Instant now) {
  tell<wire::Have>(chunks, now);
}

void Download::tell_lost(const std::vector<ChunkIndex>& chunks, Instant now) {
  tell<wire::DontHave>(chunks, now);
}

std::optional<bool> Download::lose(ChunkIndex chunk, Instant now) {
  const std::optional<bool> was_wanted = holdings_.lose(chunk);
  if (was_wanted) tell_lost({chunk}, now);
  return was_wanted;
}

void Download::note_chunks(PeerHandle handle, bool has_all, Bytes bits) {
  DownloadPeer& peer = peers_.at(handle);
  peer.said_chunks = true;
  peer.has_all = has_all;
  peer.raw_bits = std::move(bits);
  peer.raw_lost.clear();
}

Result<bool> Download::learn_chunks(PeerHandle handle, Instant now) {
  DownloadPeer& peer = peers_.at(handle);
  if (!peer.said_chunks || !picker_) return false;
  const std::uint32_t chunks = metainfo_->chunk_count();
  std::optional<Bitfield> has;
  if (peer.has_all) {
    has.emplace(chunks, true);
    for (ChunkIndex c; c.value < chunks && c.value / 8 < peer.raw_lost.size(); ++c) {
      if (is_set(peer.raw_lost, c)) has->reset(c);
    }
    peer.has_all = has->all();
    peer.raw_lost.clear();
  } else {
    // Haves may have come before the metainfo: the raw bits then end at the last of them.
    peer.raw_bits.resize(std::max<std::size_t>(peer.raw_bits.size(), (chunks + 7) / 8));
    has = Bitfield::from(peer.raw_bits, chunks);
    if (!has) return Error{ErrorKind::malformed, "its bitfield does not fit the share"};
  }
  const bool first = peer.has.size() == 0;
  bool freed = false;
  if (!first) {
    uncount_chunks(peer);
    for (std::size_t i = peer.requests.runs.size(); i-- > 0;) {
      if (!has->test(peer.requests.runs[i].run.chunk)) freed |= requests_.release(peer.requests, i);
    }
  }
  peer.has = std::move(*has);
  peer.raw_bits.clear();
  count_chunks(peer);
  if (first) host_.handle_chunks_known(handle, now);
  peer.interesting = 0;
  for (ChunkIndex c; c.value < chunks; ++c) peer.interesting += peer.has.test(c) && holdings_.lacks(c);
  update_interest(peer, now);
  return freed;
}

void Download::count_chunks(DownloadPeer& peer) {
  peer.counted_as_seed = peer.has.all();
  if (peer.counted_as_seed) {
    picker_->seed_joined();
  } else {
    picker_->peer_has(peer.has);
  }
}

void Download::uncount_chunks(const DownloadPeer& peer) {
  if (peer.counted_as_seed) {
    picker_->seed_left();
  } else {
    picker_->peer_lost(peer.has);
  }
}

void Download::request_more(PeerHandle handle, bool freed, Instant now) {
  if (freed) return fill_all(now);
  fill(peers_.at(handle), now);
}

Status Download::handle_have(PeerHandle handle, const wire::Have& have, Instant now) {
  DownloadPeer& peer = peers_.at(handle);
  if (!picker_) {
    for (const ChunkIndex chunk : have.chunks) {
      if (chunk.value >= kChunksMax) return Error{ErrorKind::limit, "has a chunk that no share has"};
      set_bit(peer.raw_bits, chunk);
      clear_bit(peer.raw_lost, chunk);
    }
    return Done{};
  }
  if (peer.has.size() == 0) return Error{ErrorKind::malformed, "sent have before its bitfield"};
  for (const ChunkIndex chunk : have.chunks) {
    if (chunk.value >= peer.has.size()) return Error{ErrorKind::malformed, "has a chunk that the share lacks"};
    if (!peer.has.set(chunk)) continue;
    picker_->peer_has(chunk);
    host_.handle_chunk_seen(handle, chunk, now);
    if (holdings_.lacks(chunk)) ++peer.interesting;
  }
  update_interest(peer, now);
  if (peer.requests.blocks == 0) fill(peer, now);
  return Done{};
}

Status Download::handle_dont_have(PeerHandle handle, const wire::DontHave& lost, Instant now) {
  DownloadPeer& peer = peers_.at(handle);
  if (!picker_) {
    for (const ChunkIndex chunk : lost.chunks) {
      if (chunk.value >= kChunksMax) return Error{ErrorKind::limit, "lost a chunk that no share has"};
      clear_bit(peer.raw_bits, chunk);
      if (peer.has_all) set_bit(peer.raw_lost, chunk);
    }
    return Done{};
  }
  if (peer.has.size() == 0) return Error{ErrorKind::malformed, "lost a chunk before its bitfield"};
  bool freed = false;
  for (const ChunkIndex chunk : lost.chunks) {
    if (chunk.value >= peer.has.size()) return Error{ErrorKind::malformed, "lost a chunk that the share lacks"};
    freed |= note_unavailable(peer, chunk, now);
  }
  request_more(handle, freed, now);
  return Done{};
}

Status Download::handle_has_rest(PeerHandle handle, Instant now) {
  const DownloadPeer& peer = peers_.at(handle);
  wire::Have rest;
  for (ChunkIndex c; c.value < peer.has.size(); ++c) {
    if (!peer.has.test(c)) rest.chunks.push_back(c);
  }
  return handle_have(handle, rest, now);
}

bool Download::note_unavailable(DownloadPeer& peer, ChunkIndex chunk, Instant now) {
  if (peer.has.size() == 0 || !peer.has.test(chunk)) return false;
  bool freed = false;
  for (std::size_t i = peer.requests.runs.size(); i-- > 0;) {
    if (peer.requests.runs[i].run.chunk == chunk) freed |= requests_.release(peer.requests, i);
  }
  if (peer.counted_as_seed) {  // from now on counted chunk by chunk
    picker_->seed_left();
    picker_->peer_has(peer.has);
    peer.counted_as_seed = peer.has_all = false;
  }
  peer.has.reset(chunk);
  picker_->peer_lost(chunk);
  if (holdings_.lacks(chunk)) --peer.interesting;
  update_interest(peer, now);
  return freed;
}

void Download::update_interest(DownloadPeer& peer, Instant now) {
  const bool interested = peer.interesting > 0;
  if (interested == peer.interested_in_it) return;
  peer.interested_in_it = interested;
  outbox_.send(peer.handle, wire::Interested{interested}, now);
}

void Download::show_interest(Instant now) {
  for (auto& [handle, peer] : peers_) update_interest(peer, now);
}

bool Download::has_source() const {
  return std::any_of(peers_.begin(), peers_.end(), [](const auto& entry) { return entry.second.interesting > 0; });
}

bool Download::is_served() const {
  return std::any_of(peers_.begin(), peers_.end(),
                     [](const auto& entry) { return entry.second.interesting > 0 && !entry.second.choking_us; });
}

bool Download::is_useless(const DownloadPeer& peer) const {
  if (host_.phase() != Phase::complete || !peer.requests.runs.empty() || !peer.said_chunks) return false;
  return peer.upload_only || (holdings_.had().all() && peer.has.size() > 0 && peer.has.all());
}

void Download::note_upload_only(PeerHandle handle, bool upload_only, Instant now) {
  DownloadPeer& peer = peers_.at(handle);
  peer.upload_only = upload_only;
  if (upload_only) close_if_settled(handle, now);
}

void Download::close_useless(Instant now) {
  std::vector<PeerHandle> useless;
  for (const auto& [handle, peer] : peers_) {
    if (is_useless(peer)) useless.push_back(handle);
  }
  for (const PeerHandle handle : useless) host_.close_as_seed(handle, now);
}

}  // namespace stp::transfer
