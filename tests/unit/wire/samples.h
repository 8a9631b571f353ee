// One message of every type, with edge values, and random ones: for round trips through frames and channels.
#pragma once

#include <vector>

#include "core/rng.h"
#include "wire/message.h"

namespace stp::wire::test {

template <class Id>
Id filled(unsigned value) {
  Id id;
  id.bytes.fill(static_cast<std::byte>(value));
  return id;
}

inline std::vector<Message> sample_messages() {
  const HashRequest hash_request{filled<Hash256>(0xab), 31, 0xffffffff, 2, 3};
  const BlockRun last_blocks{ChunkIndex{kChunksMax - 1}, kBlocksPerChunkMax - kRequestBlocksMax, kRequestBlocksMax};
  const BlockRun first_block{ChunkIndex{0}, 0, 1};
  Have haves;
  for (std::uint32_t i = 0; i < kHavesMax; ++i) haves.chunks.push_back(ChunkIndex{i * 511});
  return {
      Hello{1, filled<SessionId>(7), 64500, kMetainfoBytesMax, "stp/0.1"},
      Hello{0xffffffff, SessionId{}, 0, 0, ""},
      BitfieldMessage{{}},
      BitfieldMessage{Bytes(3, std::byte{0xa5})},
      BitfieldMessage{Bytes(kChunksMax / 8, std::byte{0xff})},
      HaveAll{},
      HaveNone{},
      Have{{ChunkIndex{kChunksMax - 1}}},
      haves,
      Interested{true},
      Interested{false},
      Choke{},
      Unchoke{},
      Request{first_block},
      Request{last_blocks},
      Cancel{last_blocks},
      Reject{first_block, RejectReason::choked},
      Reject{last_blocks, RejectReason::overloaded},
      Reject{last_blocks, RejectReason::cancelled},
      hash_request,
      Hashes{hash_request, std::vector<Hash256>(5, filled<Hash256>(1))},
      Hashes{hash_request, std::vector<Hash256>(2, filled<Hash256>(1))},
      Hashes{{filled<Hash256>(1), 0, 0, kHashesMax, kProofHashesMax},
             std::vector<Hash256>(kHashesMax + kProofHashesMax, filled<Hash256>(9))},
      HashReject{hash_request},
      MetainfoRequest{255},
      MetainfoPart{3, Bytes(kMetainfoPartBytes, std::byte{0x11})},
      MetainfoPart{0, {}},
      MetainfoReject{0},
      Peers{{}},
      Peers{{*Endpoint::parse("[2001:db8::1]:6881"), *Endpoint::parse("192.0.2.7:80"), *Endpoint::parse("[::1]:1")}},
      Peers{std::vector<Endpoint>(kPeersMax, *Endpoint::parse("192.0.2.7:80"))},
      KeepAlive{},
      Bye{ByeReason::duplicate, "connected twice"},
      Bye{ByeReason::done, ""},
      Suggest{},
      Suggest{{ChunkIndex{0}, ChunkIndex{kChunksMax - 1}}},
      DontHave{{ChunkIndex{kChunksMax - 1}}},
      DontHave{haves.chunks},
  };
}

/// A run of a data frame and its payload, of random size and content.
struct Chunkload {
  BlockRun run;
  Bytes payload;
};

inline Chunkload random_chunkload(Rng& rng) {
  const auto count = static_cast<std::uint32_t>(1 + rng.below(kDataBlocksMax));
  const auto first = static_cast<std::uint32_t>(rng.below(kBlocksPerChunkMax - count + 1));
  const auto short_by = rng.below(3) == 0 ? static_cast<std::size_t>(rng.below(kBlockBytes)) : 0;
  Chunkload load{{ChunkIndex{static_cast<std::uint32_t>(rng.below(kChunksMax))}, first, count},
                 Bytes(std::size_t{count} * kBlockBytes - short_by)};
  rng.fill(load.payload);
  return load;
}

}  // namespace stp::wire::test
