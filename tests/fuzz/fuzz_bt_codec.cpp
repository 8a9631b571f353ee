// BitTorrent's peer wire (wire/bt_codec.h): whatever a client sends, in whatever pieces, while we have requests out.
#include <algorithm>
#include <cstdint>
#include <variant>

#include "core/result.h"
#include "wire/bt_codec.h"

using namespace stp;

namespace {

constexpr std::uint32_t kChunkBytes = 10 * kBlockBytes;

std::uint32_t bytes_of(ChunkIndex chunk) {
  return chunk.value == 9 ? 100 : kChunkBytes;
}

// As the swarm core does, in parts that fit in a data frame.
void answer(wire::BtCodec& codec, const BlockRun& run, bool with_data) {
  if (!with_data) return codec.send(wire::Reject{run, wire::RejectReason::choked});
  for (std::uint32_t done = 0; done < run.count; done += wire::kDataBlocksMax) {
    const BlockRun part{run.chunk, run.first + done, std::min(run.count - done, wire::kDataBlocksMax)};
    const std::uint32_t begin = part.first * kBlockBytes;
    STP_ASSERT(part.first + part.count <= (bytes_of(run.chunk) + kBlockBytes - 1) / kBlockBytes);
    codec.send_data(part, Bytes(std::min(part.count * kBlockBytes, bytes_of(run.chunk) - begin)));
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 2) return 0;
  ByteSpan input = std::as_bytes(std::span(data + 2, size - 2));
  const std::size_t at_a_time = 1 + data[1] * 16;
  static wire::BufferPool pool(4);  // kept: its buffers are large, and most of an input's time would go to them
  wire::BtHandshake ours;
  ours.extensions = ours.fast = true;
  wire::BtHandshake theirs;
  theirs.extensions = (data[0] & 1U) != 0;
  theirs.fast = (data[0] & 2U) != 0;
  theirs.v2 = (data[0] & 32U) != 0;
  ours.dht = theirs.dht = (data[0] & 64U) != 0;
  wire::BtCodec codec(pool, ours, theirs);
  if ((data[0] & 4U) != 0) {
    codec.set_shape(
        {10, kChunkBytes, bytes_of, [](ChunkIndex chunk) { return chunk.value == 9 ? kChunkBytes - 100 : 0; }});
    codec.send(wire::Request{{ChunkIndex{1}, 0, 4}});
    codec.send(wire::Cancel{{ChunkIndex{1}, 1, 1}});
    if ((data[0] & 16U) != 0) codec.send(wire::Unchoke{});
  }
  codec.send(wire::Hello{wire::kProtocolVersion, {}, 1, 70'000, "fuzz"});
  bool greeted = false;
  for (bool more = true; more;) {
    more = !input.empty();
    if (more) {
      const MutableByteSpan room = codec.prepare_input();
      STP_ASSERT(!room.empty());
      const std::size_t n = std::min({room.size(), input.size(), at_a_time});
      std::copy_n(input.begin(), n, room.begin());
      input = input.subspan(n);
      (void)codec.handle_input(n);
    }
    for (;;) {
      Result<std::optional<wire::Frame>> frame = codec.poll_frame();
      codec.check_invariants();
      if (!frame) {
        STP_ASSERT(!frame.error().message.empty());
        return 0;
      }
      if (!*frame) break;
      if (const auto* const block = std::get_if<wire::DataFrame>(&**frame)) {
        STP_ASSERT(greeted && block->run.count >= 1 && block->run.count <= wire::kDataBlocksMax);
        STP_ASSERT(block->payload.size() <= std::size_t{block->run.count} * kBlockBytes);
        STP_ASSERT(block->payload.size() > std::size_t{block->run.count - 1} * kBlockBytes);
        continue;
      }
      const wire::Message& message = std::get<wire::Message>(**frame);
      if (std::holds_alternative<wire::Hello>(message)) greeted = true;
      STP_ASSERT(greeted || std::holds_alternative<wire::Reject>(message));
      // What the swarm core would say to it.
      if (const auto* const request = std::get_if<wire::Request>(&message)) {
        answer(codec, request->run, (data[0] & 128U) != 0);
      } else if (const auto* const hashes = std::get_if<wire::HashRequest>(&message)) {
        codec.send(wire::HashReject{*hashes});
      } else if (const auto* const part = std::get_if<wire::MetainfoRequest>(&message)) {
        codec.send(wire::MetainfoPart{part->part, Bytes(1000)});
      } else if (std::holds_alternative<wire::Hello>(message)) {
        codec.send(wire::MetainfoRequest{0});
        codec.send(wire::DontHave{{ChunkIndex{0}, ChunkIndex{9}}});
      }
    }
    while (!codec.pending_output().empty()) codec.consume_output(codec.pending_output().size());
  }
  return 0;
}
