// The payloads of BitTorrent's extensions (wire/bt_extension.h), each on its own: the extended handshake, metadata,
// peer exchange and lost pieces. What is read keeps its bounds, and reads back the same when it is written.
#include <cstddef>
#include <cstdint>
#include <variant>

#include "core/result.h"
#include "wire/bt_extension.h"

namespace {

using namespace stp;
using namespace stp::wire;

void check_handshake(ByteSpan payload) {
  const Result<BtExtendedHandshake> read = decode_bt_extended_handshake(payload);
  if (!read) {
    STP_ASSERT(!read.error().message.empty());
    return;
  }
  STP_ASSERT(read->metainfo_bytes <= kMetainfoBytesMax && read->agent.size() <= kAgentBytesMax);
  BtExtendedHandshake expected = *read;
  if (!expected.upload_only.value_or(false)) expected.upload_only.reset();  // only said if it is so
  STP_ASSERT(*decode_bt_extended_handshake(encode(*read)) == expected);
}

void check_metadata(ByteSpan payload) {
  const Result<std::optional<BtMetadata>> read = decode_bt_metadata(payload);
  if (!read) {
    STP_ASSERT(!read.error().message.empty());
    return;
  }
  if (!*read) return;
  constexpr std::uint32_t kPiecesMax = kMetainfoBytesMax / kBtMetadataPieceBytes;
  if (const auto* const piece = std::get_if<BtMetadataPiece>(&**read)) {
    STP_ASSERT(piece->piece < kPiecesMax && piece->bytes.size() <= kBtMetadataPieceBytes);
    STP_ASSERT(piece->total_bytes <= kMetainfoBytesMax);
    const Bytes written = encode(*piece);
    const Result<std::optional<BtMetadata>> again = decode_bt_metadata(written);
    const auto& same = std::get<BtMetadataPiece>(**again);
    STP_ASSERT(same.piece == piece->piece && same.total_bytes == piece->total_bytes);
    STP_ASSERT(as_text(same.bytes) == as_text(piece->bytes));
  } else if (const auto* const request = std::get_if<BtMetadataRequest>(&**read)) {
    STP_ASSERT(request->piece < kPiecesMax);
    STP_ASSERT(std::get<BtMetadataRequest>(**decode_bt_metadata(encode(*request))) == *request);
  } else {
    const auto& reject = std::get<BtMetadataReject>(**read);
    STP_ASSERT(reject.piece < kPiecesMax);
    STP_ASSERT(std::get<BtMetadataReject>(**decode_bt_metadata(encode(reject))) == reject);
  }
}

void check_peers(ByteSpan payload) {
  const Result<Peers> read = decode_bt_pex(payload);
  if (!read) {
    STP_ASSERT(!read.error().message.empty());
    return;
  }
  STP_ASSERT(read->endpoints.size() <= kPeersMax && read->hints.size() == read->endpoints.size());
  STP_ASSERT(*decode_bt_pex(encode_bt_pex(*read)) == *read);  // IPv4 comes first in both
}

void check_dont_have(ByteSpan payload) {
  const Result<ChunkIndex> read = decode_bt_dont_have(payload);
  STP_ASSERT(read.ok() == (payload.size() == 4));
  if (read) STP_ASSERT(to_bytes(payload) == encode_bt_dont_have(*read));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const ByteSpan payload = std::as_bytes(std::span(data + 1, size - 1));
  switch (data[0] % 4) {
    case 0: check_handshake(payload); break;
    case 1: check_metadata(payload); break;
    case 2: check_peers(payload); break;
    default: check_dont_have(payload); break;
  }
  return 0;
}
