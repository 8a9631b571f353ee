#include "transfer/proofs.h"

#include <algorithm>
#include <utility>

namespace stp::transfer {

Proofs::Proofs(const SwarmConfig& config, Outbox& outbox, Host& host, Rng& rng)
    : policy_(*config.policy),
      outbox_(outbox),
      host_(host),
      metainfo_(config.metainfo),
      info_hashes_(config.info_hashes),
      metainfo_fetch_(config.info_hashes, config.policy->fetch, rng) {
  STP_ASSERT(!metainfo_ || metainfo_->check_names(info_hashes_).ok());
}

void Proofs::remove_peer(PeerHandle peer) {
  metainfo_fetch_.remove_peer(peer);
  if (hash_fetch_) hash_fetch_->remove_peer(peer);
  peers_.erase(peer);
}

void Proofs::handle_hello(PeerHandle peer, std::uint32_t metainfo_bytes, Instant now) {
  if (metainfo_) return;
  if (metainfo_bytes > 0) metainfo_fetch_.add_peer(peer, metainfo_bytes);
  ask_for_metainfo(now);
}

void Proofs::ask_for_metainfo(Instant now) {
  while (auto request = metainfo_fetch_.poll_request(now)) outbox_.send(request->first, request->second, now);
}

void Proofs::handle_metainfo_request(PeerHandle peer, const wire::MetainfoRequest& request, Instant now) {
  const std::size_t offset = std::size_t{request.part} * wire::kMetainfoPartBytes;
  if (!metainfo_ || offset >= metainfo_->info_bytes().size()) {
    return outbox_.send(peer, wire::MetainfoReject{request.part}, now);
  }
  const ByteSpan rest = metainfo_->info_bytes().subspan(offset);
  const ByteSpan part = rest.first(std::min<std::size_t>(rest.size(), wire::kMetainfoPartBytes));
  peers_.at(peer).last_use = now;
  outbox_.send(peer, wire::MetainfoPart{request.part, to_bytes(part)}, now);
}

void Proofs::handle_metainfo_part(PeerHandle peer, const wire::MetainfoPart& part, Instant now) {
  if (metainfo_) return;
  switch (metainfo_fetch_.handle_part(peer, part.part, part.bytes, now)) {
    case MetainfoFetch::Outcome::unasked:
    case MetainfoFetch::Outcome::more: break;
    case MetainfoFetch::Outcome::wrong: host_.ban(peer, "sent a metainfo that is not the link's", now); break;
    case MetainfoFetch::Outcome::done: {
      Result<std::shared_ptr<const content::Metainfo>> parsed = content::Metainfo::parse(metainfo_fetch_.take());
      // The bytes match the link, so no other peer has better ones.
      if (!parsed) return host_.handle_unusable_metainfo(parsed.error(), now);
      if (Status named = (*parsed)->check_names(info_hashes_); !named) {
        return host_.handle_unusable_metainfo(named.error(), now);
      }
      metainfo_ = *parsed;
      return host_.handle_metainfo(now);
    }
  }
  ask_for_metainfo(now);
}

void Proofs::handle_metainfo_reject(PeerHandle peer, Instant now) {
  metainfo_fetch_.handle_reject(peer);
  if (!metainfo_) ask_for_metainfo(now);
}

void Proofs::start_hashes(std::optional<content::ChunkHashes> known, Instant now) {
  STP_ASSERT(metainfo_ && !hash_fetch_);
  hashes_ = known ? std::move(*known) : content::ChunkHashes(metainfo_);
  hash_fetch_.emplace(metainfo_, policy_.fetch);
  if (hashes_->complete()) return outbox_.report(HashesKnown{});
  hash_fetch_->want_layers(*hashes_);
  ask_for_hashes(now);
}

bool Proofs::start_content(std::optional<content::ChunkHashes> known) {
  STP_ASSERT(metainfo_ && !content_started_);
  content_started_ = true;
  hashes_ = known ? std::move(*known) : content::ChunkHashes(metainfo_);
  hash_fetch_.emplace(metainfo_, policy_.fetch);
  if (!hashes_->complete()) {
    hash_fetch_->want_layers(*hashes_);
  } else if (metainfo_->has_v2()) {
    hash_server_.emplace(metainfo_, *hashes_);
  }
  return hashes_->complete();
}

void Proofs::ask_for_hashes(Instant now) {
  if (!hash_fetch_ || hash_fetch_->idle()) return;
  for (const auto& [handle, peer] : peers_) {
    if (!peer.said_chunks) continue;
    const Bitfield& has = host_.chunks_of(handle);
    while (const auto request = hash_fetch_->next_for(handle, &has, now)) outbox_.send(handle, *request, now);
  }
}

void Proofs::want_leaves(ChunkIndex chunk, Instant now) {
  hash_fetch_->want_leaves(chunk, now);
  ask_for_hashes(now);
}

void Proofs::handle_hash_request(PeerHandle handle, const wire::HashRequest& request, Instant now) {
  ProofsPeer& peer = peers_.at(handle);
  // First the piece layer: with chunks of one block it is layer 0, and its hashes are the leaves.
  if (auto answer = hash_server_ ? hash_server_->answer(request) : std::nullopt) {
    peer.last_use = now;
    return outbox_.send(handle, std::move(*answer), now);
  }
  if (hash_server_ && peer.leaf_requests < policy_.uploads.leaf_requests_max) {
    const std::optional<BlockRun> run = hash_server_->leaves_run(request);
    if (run && host_.offers(run->chunk)) {
      peer.last_use = now;
      ++peer.leaf_requests;
      outbox_.act(SendLeaves{handle, *run, request});
      return;
    }
  }
  outbox_.send(handle, wire::HashReject{request}, now);
}

void Proofs::handle_hashes(PeerHandle peer, const wire::Hashes& answer, Instant now) {
  if (!hash_fetch_) return;
  const HashFetch::Answer learned = hash_fetch_->handle_hashes(peer, answer, *hashes_);
  if (std::holds_alternative<HashFetch::Wrong>(learned)) {
    host_.ban(peer, "sent Merkle hashes that prove nothing", now);
    report_given_up(now);
    host_.refill(now);
  } else if (std::holds_alternative<HashFetch::Learned>(learned)) {
    handle_complete_hashes(now);
  } else if (const auto* leaves = std::get_if<HashFetch::Leaves>(&learned)) {
    host_.handle_leaves(*leaves, now);
  }
  ask_for_hashes(now);
}

void Proofs::handle_hash_reject(PeerHandle peer, const wire::HashRequest& request, Instant now) {
  if (!hash_fetch_) return;
  hash_fetch_->handle_reject(peer, request, now);
  report_given_up(now);
  ask_for_hashes(now);
}

void Proofs::report_given_up(Instant now) {
  while (const auto chunk = hash_fetch_->poll_given_up()) host_.handle_no_leaves(*chunk, now);
}

void Proofs::handle_progress(PeerHandle peer, Instant now) {
  if (!metainfo_) metainfo_fetch_.handle_progress(peer, now);
  if (hash_fetch_) hash_fetch_->handle_progress(peer, now);
}

void Proofs::handle_leaves_sent(PeerHandle handle) {
  ProofsPeer* const peer = peers_.find(handle);
  if (peer == nullptr) return;
  STP_ASSERT(peer->leaf_requests > 0);
  --peer->leaf_requests;
}

void Proofs::handle_leaves_failed(PeerHandle handle, const wire::HashRequest& request, Instant now) {
  if (peers_.find(handle) == nullptr) return;
  handle_leaves_sent(handle);
  outbox_.send(handle, wire::HashReject{request}, now);
}

void Proofs::handle_timeout(Instant now) {
  if (!metainfo_) {
    if (const auto silent = metainfo_fetch_.handle_timeout(now)) {
      host_.close(*silent, "did not send the metainfo it says it has", policy_.peers.retry_first, now);
    }
    ask_for_metainfo(now);
  }
  if (hash_fetch_) {
    hash_fetch_->handle_timeout(now);
    report_given_up(now);
    ask_for_hashes(now);
  }
}

std::optional<Instant> Proofs::next_timeout() const {
  Instant next = kNever;
  if (!metainfo_) next = metainfo_fetch_.next_timeout().value_or(kNever);
  if (hash_fetch_) next = earlier(next, hash_fetch_->next_timeout().value_or(kNever));
  return next == kNever ? std::nullopt : std::optional(next);
}

void Proofs::handle_complete_hashes(Instant now) {
  if (!hashes_->complete() || hash_server_) return;
  computed_.clear();
  hash_fetch_->forget_layers();
  if (content_started_) hash_server_.emplace(metainfo_, *hashes_);
  outbox_.report(HashesKnown{});
  host_.handle_all_hashes(now);
}

std::optional<bool> Proofs::is_right(ChunkIndex chunk, std::span<const Hash256> leaves) const {
  STP_ASSERT(hashes_);
  return hashes_->known(chunk) ? std::optional(hashes_->matches(chunk, leaves)) : std::nullopt;
}

void Proofs::note_right(ChunkIndex chunk, std::span<const Hash256> leaves, Instant now) {
  if (!metainfo_->has_v2() || hashes_->complete()) return;
  const std::size_t number = metainfo_->file_of(chunk);
  if (hashes_->layer_known(number)) return;
  const content::FileEntry& file = metainfo_->files()[number];
  std::map<std::uint32_t, Hash256>& layer = computed_[number];
  layer[chunk.value - file.first_chunk.value] = content::chunk_root(leaves, metainfo_->chunk_bytes(), file.chunk_count);
  if (layer.size() < file.chunk_count) return;
  std::vector<Hash256> nodes;
  for (const auto& [index, node] : layer) nodes.push_back(node);
  // If SHA-1 accepts what SHA-256 does not, the metainfo was made to deceive: hashes are then asked for, not made.
  const Status taken = hashes_->set_layer(number, nodes);
  computed_.erase(number);
  if (taken) handle_complete_hashes(now);
}

void Proofs::check_invariants() const {
  STP_ASSERT(!hashes_ || metainfo_);
  STP_ASSERT(!hash_server_ || (content_started_ && hashes_->complete()));
  for (const auto& [handle, peer] : peers_) STP_ASSERT(peer.leaf_requests <= policy_.uploads.leaf_requests_max);
}

}  // namespace stp::transfer
