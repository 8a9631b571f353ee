// Metainfo and Merkle hashes: fetching them, and serving them to others.

#include <algorithm>

#include "transfer/swarm_impl.h"

namespace stp::transfer {

void Swarm::Impl::ask_for_metainfo(Instant now) {
  while (const auto request = metainfo_fetch.poll_request(now)) {
    if (Peer* peer = find(request->first)) send(*peer, request->second, now);
  }
}

void Swarm::Impl::on_metainfo_request(Peer& peer, const wire::MetainfoRequest& request, Instant now) {
  const std::size_t offset = std::size_t{request.part} * wire::kMetainfoPartBytes;
  if (!metainfo || offset >= metainfo->info_bytes().size()) {
    return send(peer, wire::MetainfoReject{request.part}, now);
  }
  const ByteSpan rest = metainfo->info_bytes().subspan(offset);
  const ByteSpan part = rest.first(std::min<std::size_t>(rest.size(), wire::kMetainfoPartBytes));
  peer.last_use = now;
  send(peer, wire::MetainfoPart{request.part, to_bytes(part)}, now);
}

void Swarm::Impl::on_metainfo_part(Peer& peer, const wire::MetainfoPart& part, Instant now) {
  if (phase != Phase::metainfo) return;
  const Contributor sender{peer.handle, peer.listen.value_or(peer.remote)};
  switch (metainfo_fetch.handle_part(peer.handle, part.part, part.bytes, now)) {
    case MetainfoFetch::Outcome::unasked:
    case MetainfoFetch::Outcome::more: break;
    case MetainfoFetch::Outcome::wrong: ban(sender, "sent a metainfo that is not the link's", now); break;
    case MetainfoFetch::Outcome::done: {
      Result<std::shared_ptr<const content::Metainfo>> parsed = content::Metainfo::parse(metainfo_fetch.take());
      if (parsed) {
        if (const Status status = check_transferable((*parsed)->info_hashes()); !status) parsed = status.error();
      }
      if (!parsed) {
        // The bytes match the link, so no other peer has better ones.
        pause_reason = parsed.error().message;
        events.push_back(ShareUnusable{parsed.error()});
        return;
      }
      metainfo = *parsed;
      enter(Phase::storage, now);
      obey_private_flag(now);  // `peer` may be gone after this
      events.push_back(MetainfoKnown{metainfo});
      wire::Hello hello{wire::kProtocolVersion, config.session, port,
                        static_cast<std::uint32_t>(metainfo->info_bytes().size()), config.agent};
      for (auto& [handle, other] : peers) {
        if (other.state == Peer::State::ready) send(other, hello, now);
      }
      return;
    }
  }
  ask_for_metainfo(now);
}

void Swarm::Impl::ask_for_hashes(Instant now) {
  if (!hash_fetch || hash_fetch->idle()) return;
  for (auto& [handle, peer] : peers) {
    if (peer.state != Peer::State::ready || !peer.said_chunks) continue;
    while (const auto request = hash_fetch->next_for(handle, &peer.has, now)) send(peer, *request, now);
  }
}

void Swarm::Impl::on_hash_request(Peer& peer, const wire::HashRequest& request, Instant now) {
  // First the piece layer: with chunks of one block it is layer 0, and its hashes are the leaves.
  if (auto answer = hash_server ? hash_server->answer(request) : std::nullopt) {
    peer.last_use = now;
    return send(peer, std::move(*answer), now);
  }
  if (hash_server && peer.leaf_requests < policy.uploads.leaf_requests_max) {
    const std::optional<BlockRun> run = hash_server->leaves_run(request);
    if (run && had.test(run->chunk)) {
      peer.last_use = now;
      ++peer.leaf_requests;
      actions.push_back(SendLeaves{peer.handle, *run, request});
      return;
    }
  }
  send(peer, wire::HashReject{request}, now);
}

void Swarm::Impl::on_hashes(Peer& peer, const wire::Hashes& answer, Instant now) {
  if (!hash_fetch) return;
  const Contributor sender{peer.handle, peer.listen.value_or(peer.remote)};
  HashFetch::Answer learned = hash_fetch->handle_hashes(peer.handle, answer, *hashes);
  if (std::holds_alternative<HashFetch::Wrong>(learned)) {
    ban(sender, "sent Merkle hashes that prove nothing", now);
    while (const auto chunk = hash_fetch->poll_given_up()) give_up_on_leaves(*chunk, now);
    fill_all(now);
  } else if (std::holds_alternative<HashFetch::Learned>(learned)) {
    if (phase == Phase::hashes && hashes->complete()) {
      hash_server.emplace(metainfo, *hashes);
      events.push_back(HashesKnown{});
      enter_chunks(now);
    } else if (phase == Phase::storage && hashes->complete()) {
      events.push_back(HashesKnown{});
    }
  } else if (const auto* leaves = std::get_if<HashFetch::Leaves>(&learned)) {
    on_true_leaves(*leaves, now);
  }
  ask_for_hashes(now);
}

void Swarm::Impl::enter_chunks(Instant now) {
  enter(missing == 0 ? Phase::complete : Phase::chunks, now);
  if (phase == Phase::complete) {
    events.push_back(Completed{});
    if (started) announce(now);
    close_seeds(now);
    return;
  }
  fill_all(now);
}

void Swarm::Impl::on_true_leaves(const HashFetch::Leaves& true_leaves, Instant now) {
  PartialChunk* partial = assembly.find(true_leaves.chunk);
  if (partial == nullptr || !partial->judged_wrong) return;
  partial->judged_wrong = false;
  std::set<std::uint16_t> liars;
  for (std::uint32_t i = 0; i < partial->blocks.size(); ++i) {
    if (partial->blocks[i].state != BlockState::received || partial->leaves[i] == true_leaves.leaves[i]) continue;
    liars.insert(partial->blocks[i].contributor);
    wasted += kBlockBytes;
    assembly.discard({true_leaves.chunk, i, 1});
  }
  std::vector<Contributor> banned;
  for (const std::uint16_t liar : liars) banned.push_back(partial->contributors[liar]);
  for (const Contributor& liar : banned) {
    ban(liar, "sent wrong blocks of chunk " + std::to_string(true_leaves.chunk.value), now);
  }
  judge(true_leaves.chunk, now);
  fill_all(now);
}

void Swarm::Impl::give_up_on_leaves(ChunkIndex chunk, Instant now) {
  PartialChunk* partial = assembly.find(chunk);
  if (partial == nullptr || !partial->judged_wrong) return;
  // Nobody says which block is wrong: fetch all of it again, from a single peer, which can then be judged.
  partial->judged_wrong = false;
  partial->only_from = PeerHandle{0};  // the first peer to ask takes it
  const auto blocks = static_cast<std::uint32_t>(partial->blocks.size());
  wasted += std::int64_t{blocks} * kBlockBytes;
  assembly.discard({chunk, 0, blocks});
  partial->contributors.clear();
  fill_all(now);
}

}  // namespace stp::transfer
