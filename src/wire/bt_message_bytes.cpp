#include "wire/bt_message_bytes.h"

#include <algorithm>

#include "core/overloaded.h"
#include "wire/bt_codec.h"
#include "wire/bt_extension.h"
#include "wire/bt_message.h"

namespace stp::wire {
namespace {

constexpr std::size_t kIdBytes = kBtPrefixBytes + 1;
constexpr std::size_t kExtendedIdBytes = kIdBytes + 1;
constexpr std::size_t kRangeBytes = kIdBytes + 3 * 4;
constexpr std::size_t kHashMessageBytes = kIdBytes + Hash256::kSize + 4 * 4;
constexpr std::size_t kPiecesPerPart = kMetainfoPartBytes / kBtMetadataPieceBytes;

std::size_t greeting_bytes(const Hello& hello) {
  return kExtendedIdBytes + encode(BtCodec::greeting_of(hello)).size();
}

std::size_t part_bytes(const MetainfoPart& part) {
  const auto total = static_cast<std::uint32_t>(part.bytes.size());
  std::size_t bytes = 0;
  for (std::uint32_t at = 0; at < total; at += kBtMetadataPieceBytes) {
    const ByteSpan piece = ByteSpan(part.bytes).subspan(at, std::min(kBtMetadataPieceBytes, total - at));
    bytes += kExtendedIdBytes + encode(BtMetadataPiece{at / kBtMetadataPieceBytes, total, piece}).size();
  }
  return bytes;
}

}  // namespace

std::size_t bt_message_bytes(const Message& message) {
  return std::visit(
      Overloaded{
          [](const Hello& m) { return greeting_bytes(m); },
          [](const BitfieldMessage& m) { return kIdBytes + m.bits.size(); },
          [](const Have& m) { return (kIdBytes + 4) * m.chunks.size(); },
          [](const Suggest& m) { return (kIdBytes + 4) * m.chunks.size(); },
          [](const DontHave& m) { return (kExtendedIdBytes + 4) * m.chunks.size(); },
          [](const Request& m) { return kRangeBytes * m.run.count; },
          [](const Cancel& m) { return kRangeBytes * m.run.count; },
          [](const Reject& m) { return kRangeBytes * m.run.count; },
          [](const HashRequest&) { return kHashMessageBytes; }, [](const HashReject&) { return kHashMessageBytes; },
          [](const Hashes& m) { return kHashMessageBytes + Hash256::kSize * m.hashes.size(); },
          [](const MetainfoRequest&) {
            return kPiecesPerPart * (kExtendedIdBytes + encode(BtMetadataRequest{}).size());
          },
          [](const MetainfoReject&) { return kPiecesPerPart * (kExtendedIdBytes + encode(BtMetadataReject{}).size()); },
          [](const MetainfoPart& m) { return part_bytes(m); },
          [](const Peers& m) { return kExtendedIdBytes + encode_bt_pex(m).size(); },
          [](const KeepAlive&) { return kBtPrefixBytes; }, [](const Bye&) { return std::size_t{0}; },
          [](const auto&) { return kIdBytes; },  // HaveAll, HaveNone, Interested, Choke, Unchoke
      },
      message);
}

}  // namespace stp::wire
