#include <algorithm>
#include <msgpack.hpp>
#include <string_view>

#include "core/shown_text.h"
#include "wire/frame.h"
#include "wire/frame_rules.h"

namespace stp::wire {
namespace {

// What msgpack::packer writes to: bytes, or only their number.
struct BytesSink {
  Bytes& out;
  void write(const char* data, std::size_t size) { append(out, as_bytes({data, size})); }
};
struct CountingSink {
  std::size_t size = 0;
  void write(const char* /*data*/, std::size_t more) { size += more; }
};

template <class Sink>
class BodyWriter {
 public:
  explicit BodyWriter(Sink& sink) : sink_(sink), packer_(sink) {}

  // Every frame begins like this; the number of fields comes from the table.
  void begin(FrameType type) {
    packer_.pack_array(static_cast<std::uint32_t>(1 + kFrameRules[static_cast<std::size_t>(type)].field_count));
    packer_.pack_uint8(static_cast<std::uint8_t>(type));
  }
  void integer(std::uint32_t value) { packer_.pack_uint32(value); }
  void boolean(bool value) { value ? packer_.pack_true() : packer_.pack_false(); }
  void binary(ByteSpan bytes) {
    begin_binary(bytes.size());
    raw(bytes);
  }
  void text(std::string_view text) {
    packer_.pack_str(static_cast<std::uint32_t>(text.size()));
    sink_.write(text.data(), text.size());
  }
  void chunks(const std::vector<ChunkIndex>& chunks) {
    begin_binary(chunks.size() * kHaveBytes);
    for (const ChunkIndex chunk : chunks) {
      STP_ASSERT(chunk.value < kChunksMax);
      big_endian(chunk.value);
    }
  }
  void hashes(const std::vector<Hash256>& hashes) {
    STP_ASSERT(hashes.size() <= kHashesMax + kProofHashesMax);
    begin_binary(hashes.size() * Hash256::kSize);
    for (const Hash256& hash : hashes) raw(hash.span());
  }
  void endpoints(const std::vector<Endpoint>& endpoints) {
    STP_ASSERT(endpoints.size() <= kPeersMax);
    constexpr std::array<unsigned char, 12> kMapped = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};
    begin_binary(endpoints.size() * kPeerBytes);
    for (const Endpoint& endpoint : endpoints) {
      if (endpoint.address.is_v4()) raw(std::as_bytes(std::span(kMapped)));
      raw(endpoint.address.bytes());
      big_endian(endpoint.port);
    }
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
  void begin_binary(std::size_t size) { packer_.pack_bin(static_cast<std::uint32_t>(size)); }
  void raw(ByteSpan bytes) { sink_.write(reinterpret_cast<const char*>(bytes.data()), bytes.size()); }
  template <class Integer>
  void big_endian(Integer value) {
    std::array<std::byte, sizeof(Integer)> bytes;
    store_be(bytes.data(), value);
    raw(bytes);
  }

  Sink& sink_;
  msgpack::packer<Sink> packer_;
};

template <class Sink>
struct Encoder {
  BodyWriter<Sink>& body;

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
    STP_ASSERT(have.chunks.size() <= kHavesMax);
    body.begin(FrameType::have);
    body.chunks(have.chunks);
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
    body.hashes(hashes.hashes);
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
    body.endpoints(peers.endpoints);
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
    body.chunks(suggest.chunks);
  }
  void operator()(const DontHave& lost) const {
    STP_ASSERT(lost.chunks.size() <= kHavesMax);
    body.begin(FrameType::dont_have);
    body.chunks(lost.chunks);
  }
};

template <class Sink>
void write_body(Sink& sink, const Message& message) {
  BodyWriter body(sink);
  std::visit(Encoder<Sink>{body}, message);
}

}  // namespace

void append_frame(Bytes& out, const Message& message) {
  const std::size_t at = out.size();
  out.resize(at + kFramePrefixBytes);
  BytesSink sink{out};
  write_body(sink, message);
  const std::size_t size = out.size() - at - kFramePrefixBytes;
  STP_ASSERT(size <= kControlFrameBytesMax);
  store_be(out.data() + at, static_cast<std::uint32_t>(size));
}

std::size_t frame_bytes(const Message& message) {
  CountingSink sink;
  write_body(sink, message);
  return kFramePrefixBytes + sink.size;
}

std::array<std::byte, kDataHeaderBytes> encode_data_header(const BlockRun& run, std::size_t payload_bytes) {
  STP_ASSERT(run.chunk.value < kChunksMax && run.count >= 1 && run.count <= kDataBlocksMax &&
             run.first + run.count <= kBlocksPerChunkMax);
  STP_ASSERT(payload_bytes <= std::size_t{run.count} * kBlockBytes &&
             payload_bytes > std::size_t{run.count - 1} * kBlockBytes);
  // Always the widest encodings, so the payload has a fixed place in the body and the receiver can align it. msgpack:
  // 0x95 array of 5, 0xce uint 32, 0xc6 bin 32.
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
