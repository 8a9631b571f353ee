// Download without a swarm: peers are made up.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <initializer_list>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "support/virtual_share.h"
#include "transfer/download.h"
#include "unit/transfer/drain.h"
#include "unit/transfer/start.h"

namespace stp::transfer {

class DownloadFixture : public ::testing::Test, public Download::Host {
 protected:
  static constexpr std::uint32_t kChunkBytes = 4 * kBlockBytes;

  /// `wanted`: these chunks; empty: all.
  void begin(std::uint32_t chunks, std::uint64_t seed = 1, std::initializer_list<std::uint32_t> wanted = {}) {
    share = test::make_virtual_share(kChunkBytes, {std::int64_t{chunks} * kChunkBytes});
    settings->requests.random_first_chunks = 0;
    config.metainfo = share.metainfo;
    config.policy = settings;
    rng.emplace(seed);
    download.emplace(config, outbox, *this, *rng);
    Bitfield wants(chunks, wanted.size() == 0);
    for (const std::uint32_t chunk : wanted) wants.set(ChunkIndex{chunk});
    download->start_content(Bitfield(chunks), wants);
    is = Phase::chunks;
  }

  PeerHandle join() {
    const PeerHandle peer = next;
    ++next;
    outbox.open(peer, {IpAddress::v4(0x0a000000U + peer.value), 1});
    download->add_peer(peer);
    return peer;
  }
  void leave(PeerHandle peer) {
    download->remove_peer(peer);
    outbox.forget(peer);
    left.push_back(peer);
  }
  /// What a swarm does with Bitfield, HaveAll and HaveNone.
  void says(PeerHandle peer, const Bitfield& has) {
    download->note_chunks(peer, has.all(), has.all() ? Bytes{} : to_bytes(has.bytes()));
    const Result<bool> freed = download->learn_chunks(peer, now);
    ASSERT_TRUE(freed);
    download->request_more(peer, *freed, now);
  }
  void says(PeerHandle peer, std::initializer_list<std::uint32_t> chunks) {
    Bitfield has(share.metainfo->chunk_count());
    for (const std::uint32_t chunk : chunks) has.set(ChunkIndex{chunk});
    says(peer, has);
  }
  DataVerdict gives(PeerHandle peer, const BlockRun& run, bool lies = false) {
    const auto& true_leaves = share.leaves[run.chunk.value];
    std::vector<Hash256> leaves(true_leaves.begin() + run.first, true_leaves.begin() + run.first + run.count);
    if (lies) leaves.front().bytes[0] ^= std::byte{1};
    const Result<DataVerdict> verdict = download->handle_data(peer, run, leaves, now);
    if (!verdict) return DataVerdict::drop;
    if (*verdict == DataVerdict::keep) download->handle_written(run, now);
    return *verdict;
  }
  /// One chunk, whose hash nobody knows, is downloaded from the peer that this returns.
  PeerHandle begin_with_a_chunk_without_a_hash() {
    begin(1);
    hashes_known = false;
    const PeerHandle alice = join();
    says(alice, {0});
    download->handle_unchoke(alice, now);
    gives(alice, {ChunkIndex{0}, 0, 4});
    return alice;
  }
  std::vector<BlockRun> asked(PeerHandle peer) {
    std::vector<BlockRun> runs;
    for (const wire::Request& request : drain(outbox).to<wire::Request>(peer)) runs.push_back(request.run);
    return runs;
  }

  // Download::Host
  [[nodiscard]] Phase phase() const override { return is; }
  [[nodiscard]] const Endpoint& endpoint_of(PeerHandle peer) const override { return outbox.remote_of(peer); }
  [[nodiscard]] std::optional<bool> is_right(ChunkIndex chunk, std::span<const Hash256> leaves) const override {
    if (!hashes_known) return std::nullopt;
    return std::ranges::equal(leaves, share.leaves[chunk.value]);
  }
  void note_right(ChunkIndex chunk, std::span<const Hash256> /*leaves*/, Instant /*now*/) override {
    right.push_back(chunk);
  }
  void want_leaves(ChunkIndex chunk, Instant /*now*/) override { leaves_wanted.push_back(chunk); }
  void ban(const Contributor& liar, const std::string& /*why*/, Instant /*now*/) override {
    banned.push_back(liar.peer);
    if (std::ranges::count(left, liar.peer) == 0) leave(liar.peer);
  }
  void close(PeerHandle peer, const std::string& why, Duration /*redial_after*/, Instant /*now*/) override {
    closed.push_back(why);
    leave(peer);
  }
  void close_as_seed(PeerHandle peer, Instant /*now*/) override { leave(peer); }
  void handle_chunks_known(PeerHandle /*peer*/, Instant /*now*/) override { ++chunks_known; }
  void handle_chunk_seen(PeerHandle peer, ChunkIndex chunk, Instant /*now*/) override {
    seen.emplace_back(peer, chunk);
  }
  void handle_completed(Instant /*now*/) override { is = Phase::complete; }

  std::shared_ptr<TransferConfig> settings = std::make_shared<TransferConfig>();
  SwarmConfig config;
  test::VirtualShare share;
  Outbox outbox{{}};
  std::optional<Rng> rng;
  std::optional<Download> download;
  Phase is = Phase::metainfo;
  Instant now = kStart;
  PeerHandle next{1};
  std::vector<PeerHandle> left;
  std::vector<PeerHandle> banned;
  std::vector<ChunkIndex> leaves_wanted;
  bool hashes_known = true;
  std::vector<ChunkIndex> right;
  std::vector<std::string> closed;
  int chunks_known = 0;
  std::vector<std::pair<PeerHandle, ChunkIndex>> seen;
};

}  // namespace stp::transfer
