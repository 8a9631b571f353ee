#include "wire/bt_message.h"

#include <bit>
#include <string>

namespace stp::wire {
namespace {

constexpr std::size_t kHashRequestBytes = Hash256::kSize + 4 * 4;

Error bad_message(const char* message) {
  return {ErrorKind::malformed, std::string("BitTorrent: ") + message};
}

std::uint32_t u32_at(ByteSpan bytes, std::size_t at) {
  return load_be<std::uint32_t>(bytes.data() + at);
}

void append_u32(Bytes& out, std::uint32_t value) {
  out.resize(out.size() + 4);
  store_be(out.data() + out.size() - 4, value);
}

void append_header(Bytes& out, BtMessageId id, std::size_t payload_bytes) {
  append_u32(out, static_cast<std::uint32_t>(1 + payload_bytes));
  out.push_back(static_cast<std::byte>(id));
}

Result<BtRange> decode_range(ByteSpan payload) {
  if (payload.size() != 12) return bad_message("a request, cancel or reject is not 13 bytes long");
  return BtRange{ChunkIndex{u32_at(payload, 0)}, u32_at(payload, 4), u32_at(payload, 8)};
}

/// Layers of the requested subtree above its base of `count` hashes, less one: BEP 52's first layer is the one whose
/// hashes are siblings of the base's parents.
std::uint32_t inner_layers(std::uint32_t count) {
  return count < 2 ? 0 : static_cast<std::uint32_t>(std::bit_width(count - 1)) - 1;
}

BtHashRequest decode_hash_request(ByteSpan payload) {
  BtHashRequest decoded;
  HashRequest& request = decoded.request;
  request.file_root = *Hash256::from(payload.first(Hash256::kSize));
  request.layer = u32_at(payload, Hash256::kSize);
  request.index = u32_at(payload, Hash256::kSize + 4);
  request.count = u32_at(payload, Hash256::kSize + 8);
  decoded.proof_layers = u32_at(payload, Hash256::kSize + 12);
  const std::uint32_t inner = inner_layers(request.count);
  request.proof_layers = decoded.proof_layers > inner ? decoded.proof_layers - inner : 0;
  return decoded;
}

Result<BtMessage> decode_hash_message(BtMessageId id, ByteSpan payload) {
  if (payload.size() < kHashRequestBytes) return bad_message("a hash message is too short");
  const BtHashRequest request = decode_hash_request(payload);
  const ByteSpan rest = payload.subspan(kHashRequestBytes);
  if (id != BtMessageId::hashes) {
    if (!rest.empty()) return bad_message("a hash request or reject is not 49 bytes long");
    if (id == BtMessageId::hash_reject) return BtMessage(BtHashReject{request.request});
    return BtMessage(request);
  }
  if (rest.size() % Hash256::kSize != 0) return bad_message("a hashes message ends in the middle of a hash");
  if (rest.size() / Hash256::kSize > kHashesMax + kProofHashesMax) return bad_message("a hashes message is too long");
  BtHashes hashes{{request.request, {}}};
  for (std::size_t at = 0; at < rest.size(); at += Hash256::kSize) {
    hashes.hashes.hashes.push_back(*Hash256::from(rest.subspan(at, Hash256::kSize)));
  }
  return BtMessage(std::move(hashes));
}

}  // namespace

Result<BtMessage> decode_bt_message(ByteSpan body) {
  if (body.empty()) return BtMessage(KeepAlive{});
  const auto id = static_cast<BtMessageId>(body[0]);
  const ByteSpan payload = body.subspan(1);
  const auto plain = [&](auto message) -> Result<BtMessage> {
    if (!payload.empty()) return bad_message("a message without contents is longer than one byte");
    return BtMessage(message);
  };
  switch (id) {
    case BtMessageId::choke: return plain(Choke{});
    case BtMessageId::unchoke: return plain(Unchoke{});
    case BtMessageId::interested: return plain(Interested{true});
    case BtMessageId::not_interested: return plain(Interested{false});
    case BtMessageId::have_all: return plain(HaveAll{});
    case BtMessageId::have_none: return plain(HaveNone{});
    case BtMessageId::have:
    case BtMessageId::suggest: {
      if (payload.size() != 4) return bad_message("a have or suggest is not 5 bytes long");
      const ChunkIndex chunk{u32_at(payload, 0)};
      if (id == BtMessageId::have) return BtMessage(Have{{chunk}});
      return BtMessage(Suggest{{chunk}});
    }
    case BtMessageId::bitfield: return BtMessage(BitfieldMessage{to_bytes(payload)});
    case BtMessageId::request:
    case BtMessageId::cancel:
    case BtMessageId::reject: {
      const Result<BtRange> range = decode_range(payload);
      if (!range) return range.error();
      if (id == BtMessageId::request) return BtMessage(BtRequest{*range});
      if (id == BtMessageId::cancel) return BtMessage(BtCancel{*range});
      return BtMessage(BtReject{*range});
    }
    case BtMessageId::piece:
      if (payload.size() <= 8) return bad_message("a piece message without data");
      return BtMessage(BtPiece{ChunkIndex{u32_at(payload, 0)}, u32_at(payload, 4), payload.subspan(8)});
    case BtMessageId::hash_request:
    case BtMessageId::hashes:
    case BtMessageId::hash_reject: return decode_hash_message(id, payload);
    case BtMessageId::extended:
      if (payload.empty()) return bad_message("an extended message without an id");
      return BtMessage(BtExtended{std::to_integer<std::uint8_t>(payload[0]), payload.subspan(1)});
    case BtMessageId::port:
      if (payload.size() != 2) return bad_message("a port message is not 3 bytes long");
      return BtMessage(BtPort{load_be<std::uint16_t>(payload.data())});
    case BtMessageId::allowed_fast: return BtMessage(BtIgnored{});
  }
  return BtMessage(BtIgnored{});
}

void append_bt(Bytes& out, BtMessageId id) {
  append_header(out, id, 0);
}

void append_bt(Bytes& out, BtMessageId id, ByteSpan payload) {
  append_header(out, id, payload.size());
  append(out, payload);
}

void append_bt(Bytes& out, BtMessageId id, ChunkIndex chunk) {
  append_header(out, id, 4);
  append_u32(out, chunk.value);
}

void append_bt(Bytes& out, BtMessageId id, const BtRange& range) {
  append_header(out, id, 12);
  append_u32(out, range.chunk.value);
  append_u32(out, range.offset);
  append_u32(out, range.bytes);
}

void append_bt(Bytes& out, BtMessageId id, const HashRequest& request, std::uint32_t proof_layers,
               std::span<const Hash256> hashes) {
  append_header(out, id, kHashRequestBytes + hashes.size() * Hash256::kSize);
  append(out, request.file_root.bytes);
  append_u32(out, request.layer);
  append_u32(out, request.index);
  append_u32(out, request.count);
  append_u32(out, proof_layers);
  for (const Hash256& hash : hashes) append(out, hash.bytes);
}

void append_bt_extended(Bytes& out, std::uint8_t id, ByteSpan payload) {
  append_header(out, BtMessageId::extended, 1 + payload.size());
  out.push_back(static_cast<std::byte>(id));
  append(out, payload);
}

void append_bt_port(Bytes& out, std::uint16_t port) {
  append_header(out, BtMessageId::port, 2);
  const std::size_t at = out.size();
  out.resize(at + 2);
  store_be<std::uint16_t>(out.data() + at, port);
}

void store_bt_piece_header(std::byte* out, ChunkIndex chunk, std::uint32_t offset, std::uint32_t bytes) {
  store_be<std::uint32_t>(out, static_cast<std::uint32_t>(kBtPieceHeaderBytes - kBtPrefixBytes) + bytes);
  out[4] = static_cast<std::byte>(BtMessageId::piece);
  store_be<std::uint32_t>(out + 5, chunk.value);
  store_be<std::uint32_t>(out + 9, offset);
}

std::uint32_t bt_proof_layers(const HashRequest& request) {
  return request.proof_layers == 0 ? 0 : request.proof_layers + inner_layers(request.count);
}

}  // namespace stp::wire
