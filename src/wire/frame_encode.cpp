#include <algorithm>
#include <msgpack.hpp>
#include <string_view>

#include "wire/frame.h"
#include "wire/frame_rules.h"
#include "wire/text.h"

namespace stp::wire {
namespace {

// What msgpack::packer writes to.
struct Sink {
  Bytes& out;
  void write(const char* data, std::size_t size) { append(out, as_bytes({data, size})); }
};

class BodyWriter {
 public:
  explicit BodyWriter(Bytes& out) : sink_{out}, packer_(sink_) {}

  // Every frame begins so; the number of fields is the table's.
  void begin(FrameType type) {
    packer_.pack_array(static_cast<std::uint32_t>(1 + kFrameRules[static_cast<std::size_t>(type)].field_count));
    packer_.pack_uint8(static_cast<std::uint8_t>(type));
  }
  void integer(std::uint32_t value) { packer_.pack_uint32(value); }
  void boolean(bool value) { value ? packer_.pack_true() : packer_.pack_false(); }
  void binary(ByteSpan bytes) {
    packer_.pack_bin(static_cast<std::uint32_t>(bytes.size()));
    append(sink_.out, bytes);
  }
  void text(std::string_view text) {
    packer_.pack_str(static_cast<std::uint32_t>(text.size()));
    append(sink_.out, as_bytes(text));
  }
  void run(const BlockRun& run) {
    STP_ASSERT(run.chunk.value < kChunksMax && run.first < kBlocksPerChunkMax && run.count >= 1 &&
               run.count <= kRequestBlocksMax && run.first + run.count <= kBlocksPerChunkMax);
    integer(run.chunk.value);
    integer(run.first);
    integer(run.count);
  }
  void hash_request(const HashRequest& request) {
    STP_ASSERT(request.layer <= kHashLayerMax && request.count <= kHashesMax &&
               request.proof_layers <= kProofHashesMax);
    binary(request.file_root.span());
    integer(request.layer);
    integer(request.index);
    integer(request.count);
    integer(request.proof_layers);
  }

 private:
  Sink sink_;
  msgpack::packer<Sink> packer_;
};

Bytes pack_haves(const std::vector<ChunkIndex>& chunks) {
  STP_ASSERT(chunks.size() <= kHavesMax);
  Bytes packed(chunks.size() * kHaveBytes);
  for (std::size_t i = 0; i < chunks.size(); ++i) {
    STP_ASSERT(chunks[i].value < kChunksMax);
    store_be(packed.data() + i * kHaveBytes, chunks[i].value);
  }
  return packed;
}

Bytes pack_hashes(const std::vector<Hash256>& hashes) {
  STP_ASSERT(hashes.size() <= kHashesMax + kProofHashesMax);
  Bytes packed;
  packed.reserve(hashes.size() * Hash256::kSize);
  for (const Hash256& hash : hashes) append(packed, hash.span());
  return packed;
}

Bytes pack_peers(const std::vector<Endpoint>& endpoints) {
  STP_ASSERT(endpoints.size() <= kPeersMax);
  constexpr std::array<unsigned char, 12> kMapped = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};
  Bytes packed;
  packed.reserve(endpoints.size() * kPeerBytes);
  for (const Endpoint& endpoint : endpoints) {
    if (endpoint.address.is_v4()) append(packed, std::as_bytes(std::span(kMapped)));
    endpoint.append_compact(packed);
  }
  return packed;
}

struct Encoder {
  BodyWriter& body;

  void operator()(const Hello& hello) const {
    STP_ASSERT(hello.metainfo_bytes <= kMetainfoBytesMax);
    body.begin(FrameType::hello);
    body.integer(hello.version);
    body.binary(hello.session.span());
    body.integer(hello.listen_port);
    body.integer(hello.metainfo_bytes);
    body.text(display_text(hello.agent, kAgentBytesMax));
  }
  void operator()(const BitfieldMessage& bitfield) const {
    STP_ASSERT(bitfield.bits.size() <= kChunksMax / 8);
    body.begin(FrameType::bitfield);
    body.binary(bitfield.bits);
  }
  void operator()(const HaveAll&) const { body.begin(FrameType::have_all); }
  void operator()(const HaveNone&) const { body.begin(FrameType::have_none); }
  void operator()(const Have& have) const {
    body.begin(FrameType::have);
    body.binary(pack_haves(have.chunks));
  }
  void operator()(const Interested& interested) const {
    body.begin(FrameType::interested);
    body.boolean(interested.interested);
  }
  void operator()(const Choke&) const { body.begin(FrameType::choke); }
  void operator()(const Unchoke&) const { body.begin(FrameType::unchoke); }
  void operator()(const Request& request) const {
    body.begin(FrameType::request);
    body.run(request.run);
  }
  void operator()(const Cancel& cancel) const {
    body.begin(FrameType::cancel);
    body.run(cancel.run);
  }
  void operator()(const Reject& reject) const {
    body.begin(FrameType::reject);
    body.run(reject.run);
    body.integer(static_cast<std::uint32_t>(reject.reason));
  }
  void operator()(const HashRequest& request) const {
    body.begin(FrameType::hash_request);
    body.hash_request(request);
  }
  void operator()(const Hashes& hashes) const {
    body.begin(FrameType::hashes);
    body.hash_request(hashes.request);
    body.binary(pack_hashes(hashes.hashes));
  }
  void operator()(const HashReject& reject) const {
    body.begin(FrameType::hash_reject);
    body.hash_request(reject.request);
  }
  void operator()(const MetainfoRequest& request) const {
    STP_ASSERT(request.part < kMetainfoPartsMax);
    body.begin(FrameType::metainfo_request);
    body.integer(request.part);
  }
  void operator()(const MetainfoPart& part) const {
    STP_ASSERT(part.part < kMetainfoPartsMax && part.bytes.size() <= kMetainfoPartBytes);
    body.begin(FrameType::metainfo_part);
    body.integer(part.part);
    body.binary(part.bytes);
  }
  void operator()(const MetainfoReject& reject) const {
    STP_ASSERT(reject.part < kMetainfoPartsMax);
    body.begin(FrameType::metainfo_reject);
    body.integer(reject.part);
  }
  void operator()(const Peers& peers) const {
    body.begin(FrameType::peers);
    body.binary(pack_peers(peers.endpoints));
  }
  void operator()(const KeepAlive&) const { body.begin(FrameType::keep_alive); }
  void operator()(const Bye& bye) const {
    body.begin(FrameType::bye);
    body.integer(static_cast<std::uint32_t>(bye.reason));
    body.text(display_text(bye.text, kByeTextBytesMax));
  }
  void operator()(const Suggest& suggest) const {
    STP_ASSERT(suggest.chunks.size() <= kSuggestionsMax);
    body.begin(FrameType::suggest);
    body.binary(pack_haves(suggest.chunks));
  }
};

}  // namespace

void append_frame(Bytes& out, const Message& message) {
  const std::size_t at = out.size();
  out.resize(at + kFramePrefixBytes);
  BodyWriter body(out);
  std::visit(Encoder{body}, message);
  const std::size_t size = out.size() - at - kFramePrefixBytes;
  STP_ASSERT(size <= kControlFrameBytesMax);
  store_be(out.data() + at, static_cast<std::uint32_t>(size));
}

std::array<std::byte, kDataHeaderBytes> encode_data_header(const BlockRun& run, std::size_t payload_bytes) {
  STP_ASSERT(run.chunk.value < kChunksMax && run.count >= 1 && run.count <= kDataBlocksMax &&
             run.first + run.count <= kBlocksPerChunkMax);
  STP_ASSERT(payload_bytes <= std::size_t{run.count} * kBlockBytes &&
             payload_bytes > std::size_t{run.count - 1} * kBlockBytes);
  // Always the widest encodings, so that the payload has a fixed place in the body: the receiver can put it where it is
  // aligned. msgpack: 0x95 array of 5, 0xce uint 32, 0xc6 bin 32.
  std::array<std::byte, kDataHeaderBytes> header{};
  store_be(header.data(), static_cast<std::uint32_t>(kDataHeaderBytes - kFramePrefixBytes + payload_bytes));
  std::byte* at = header.data() + kFramePrefixBytes;
  *at++ = std::byte{0x95};
  *at++ = static_cast<std::byte>(FrameType::data);
  for (const std::uint32_t value : {run.chunk.value, run.first, run.count}) {
    *at++ = std::byte{0xce};
    store_be(at, value);
    at += sizeof value;
  }
  *at++ = std::byte{0xc6};
  store_be(at, static_cast<std::uint32_t>(payload_bytes));
  return header;
}

}  // namespace stp::wire
