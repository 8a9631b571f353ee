// What happens when Proofs has learnt something.

#include <algorithm>

#include "transfer/swarm_impl.h"

namespace stp::transfer {

void Swarm::Impl::ban(PeerHandle handle, const std::string& why, Instant now) {
  roster.ban(handle, Endpoint(roster.endpoint_of(handle)), why, now);
}

void Swarm::Impl::close(PeerHandle peer, const std::string& why, Duration redial_after, Instant now) {
  roster.close(peer, wire::ByeReason::protocol, why, redial_after, now);
}

void Swarm::Impl::handle_metainfo(Instant now) {
  metainfo = proofs.metainfo();
  upload.set_metainfo(metainfo);
  enter(Phase::storage, now);
  obey_private_flag(now);
  outbox.report(MetainfoKnown{metainfo});
  roster.repeat_hello(now);
}

void Swarm::Impl::handle_unusable_metainfo(const Error& error) {
  pause_reason = error.message;
  outbox.report(ShareUnusable{error});
}

void Swarm::Impl::handle_all_hashes(Instant now) {
  if (phase_ == Phase::hashes) enter_chunks(now);
}

const Bitfield& Swarm::Impl::chunks_of(PeerHandle handle) const {
  return peers.find(handle)->has;
}

void Swarm::Impl::enter_chunks(Instant now) {
  enter(missing == 0 ? Phase::complete : Phase::chunks, now);
  if (phase_ == Phase::complete) {
    outbox.report(Completed{});
    if (roster.started()) announce(now);
    close_seeds(now);
    return;
  }
  fill_all(now);
}

void Swarm::Impl::handle_leaves(const HashFetch::Leaves& true_leaves, Instant now) {
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

void Swarm::Impl::handle_no_leaves(ChunkIndex chunk, Instant now) {
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
