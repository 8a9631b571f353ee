#include "wire/bt_extension.h"

#include <limits>
#include <string_view>

#include "bencode/bencode.h"
#include "core/shown_text.h"

namespace stp::wire {
namespace {

constexpr std::int64_t kRequest = 0;
constexpr std::int64_t kData = 1;
constexpr std::int64_t kReject = 2;

constexpr std::size_t kCompactV4Bytes = 6;
constexpr std::size_t kCompactV6Bytes = 18;
constexpr std::size_t kDontHaveBytes = 4;

Error bad_extension(const std::string& message) {
  return {ErrorKind::malformed, "BitTorrent: " + message};
}

// Other clients do not sort every dictionary.
bencode::Limits limits(bool trailing = false) {
  bencode::Limits limits;
  limits.depth_max = 8;
  limits.tokens_max = 2000;
  limits.strictness = bencode::Strictness::lenient;
  limits.trailing = trailing;
  return limits;
}

/// The member if it is a number within [0, max]; otherwise 0.
template <class Unsigned>
Unsigned number(const bencode::View& dict, std::string_view key, Unsigned max = std::numeric_limits<Unsigned>::max()) {
  const std::int64_t value = dict.find_integer(key).value_or(0);
  return value < 0 || static_cast<std::uint64_t>(value) > max ? Unsigned{0} : static_cast<Unsigned>(value);
}

Status decode_dict(bencode::Document& document, ByteSpan payload, std::size_t bytes_max, const char* what,
                   bool trailing = false) {
  if (payload.size() > bytes_max) return bad_extension(std::string(what) + " is too long");
  if (const Status status = document.decode(payload, limits(trailing)); !status) {
    return bad_extension(std::string(what) + ": " + status.error().message);
  }
  if (!document.root().is_dict()) return bad_extension(std::string(what) + " is not a dictionary");
  return Done{};
}

Bytes encode_metadata(std::int64_t type, std::uint32_t piece, std::optional<std::uint32_t> total_bytes = {}) {
  bencode::Encoder encoder;
  encoder.begin_dict().key("msg_type").integer(type).key("piece").integer(piece);
  if (total_bytes) encoder.key("total_size").integer(*total_bytes);
  encoder.end();
  return encoder.take();
}

// Flags of BEP 11.
constexpr unsigned kPexSeed = 0x02;
constexpr unsigned kPexReachable = 0x10;

// `flags`: a byte for each peer of the list; what is missing counts as nothing known.
void read_peers(Peers& peers, std::optional<ByteSpan> list, std::optional<ByteSpan> flags, std::size_t entry_bytes) {
  if (!list) return;
  for (std::size_t i = 0; (i + 1) * entry_bytes <= list->size() && peers.endpoints.size() < kPeersMax; ++i) {
    const auto endpoint = Endpoint::from_compact(list->subspan(i * entry_bytes, entry_bytes));
    if (!endpoint) continue;
    const unsigned bits = flags && i < flags->size() ? std::to_integer<unsigned>((*flags)[i]) : 0;
    peers.endpoints.push_back(*endpoint);
    peers.hints.push_back({(bits & kPexSeed) != 0, (bits & kPexReachable) != 0});
  }
}

std::byte pex_flags(const PeerHint& hint) {
  return std::byte((hint.seed ? kPexSeed : 0) | (hint.reachable ? kPexReachable : 0));
}

}  // namespace

Result<BtExtendedHandshake> decode_bt_extended_handshake(ByteSpan payload) {
  bencode::Document document;
  if (const Status status = decode_dict(document, payload, kBtExtendedHandshakeBytesMax, "the extended handshake");
      !status) {
    return status.error();
  }
  const bencode::View root = document.root();
  BtExtendedHandshake handshake;
  if (const std::optional<bencode::View> names = root.find_dict("m")) {
    handshake.ut_metadata = number<std::uint8_t>(*names, "ut_metadata");
    handshake.ut_pex = number<std::uint8_t>(*names, "ut_pex");
    handshake.upload_only_id = number<std::uint8_t>(*names, "upload_only");
    handshake.dont_have = number<std::uint8_t>(*names, "lt_donthave");
  }
  if (const std::optional<std::int64_t> value = root.find_integer("upload_only")) handshake.upload_only = *value != 0;
  handshake.listen_port = number<Port>(root, "p");
  handshake.metainfo_bytes = number<std::uint32_t>(root, "metadata_size", kMetainfoBytesMax);
  handshake.requests_max = number<std::uint32_t>(root, "reqq");
  handshake.agent = display_text(root.find_text("v").value_or(""), kAgentBytesMax);
  return handshake;
}

Bytes encode(const BtExtendedHandshake& handshake) {
  bencode::Encoder encoder;
  encoder.begin_dict();
  encoder.key("m").begin_dict();
  if (handshake.dont_have != 0) encoder.key("lt_donthave").integer(handshake.dont_have);
  if (handshake.upload_only_id != 0) encoder.key("upload_only").integer(handshake.upload_only_id);
  if (handshake.ut_metadata != 0) encoder.key("ut_metadata").integer(handshake.ut_metadata);
  if (handshake.ut_pex != 0) encoder.key("ut_pex").integer(handshake.ut_pex);
  encoder.end();
  if (handshake.metainfo_bytes != 0) encoder.key("metadata_size").integer(handshake.metainfo_bytes);
  if (handshake.listen_port != 0) encoder.key("p").integer(handshake.listen_port);
  if (handshake.requests_max != 0) encoder.key("reqq").integer(handshake.requests_max);
  if (handshake.upload_only.value_or(false)) encoder.key("upload_only").integer(1);
  if (!handshake.agent.empty()) encoder.key("v").string(std::string_view(handshake.agent));
  encoder.end();
  return encoder.take();
}

Result<std::optional<BtMetadata>> decode_bt_metadata(ByteSpan payload) {
  bencode::Document document;
  if (const Status status = decode_dict(document, payload, kBtMetadataBytesMax, "a metadata message", true); !status) {
    return status.error();
  }
  const bencode::View root = document.root();
  const std::optional<std::int64_t> piece = root.find_integer("piece");
  if (!piece || *piece < 0 || *piece >= kMetainfoBytesMax / kBtMetadataPieceBytes) {
    return bad_extension("a metadata message names no piece that can be");
  }
  const auto number_of_piece = static_cast<std::uint32_t>(*piece);
  switch (root.find_integer("msg_type").value_or(-1)) {
    case kRequest: return std::optional<BtMetadata>(BtMetadataRequest{number_of_piece});
    case kReject: return std::optional<BtMetadata>(BtMetadataReject{number_of_piece});
    case kData: {
      const ByteSpan bytes = payload.subspan(root.raw().size());
      if (bytes.size() > kBtMetadataPieceBytes) return bad_extension("a piece of metadata is longer than 16 KiB");
      const auto total = number<std::uint32_t>(root, "total_size", kMetainfoBytesMax);
      return std::optional<BtMetadata>(BtMetadataPiece{number_of_piece, total, bytes});
    }
    default: return std::optional<BtMetadata>();
  }
}

Bytes encode(const BtMetadataRequest& request) {
  return encode_metadata(kRequest, request.piece);
}

Bytes encode(const BtMetadataPiece& piece) {
  Bytes message = encode_metadata(kData, piece.piece, piece.total_bytes);
  append(message, piece.bytes);
  return message;
}

Bytes encode(const BtMetadataReject& reject) {
  return encode_metadata(kReject, reject.piece);
}

Result<Peers> decode_bt_pex(ByteSpan payload) {
  bencode::Document document;
  if (const Status status = decode_dict(document, payload, kBtPexBytesMax, "a list of peers"); !status) {
    return status.error();
  }
  Peers peers;
  const bencode::View& root = document.root();
  read_peers(peers, root.find_string("added"), root.find_string("added.f"), kCompactV4Bytes);
  read_peers(peers, root.find_string("added6"), root.find_string("added6.f"), kCompactV6Bytes);
  return peers;
}

Bytes encode_bt_pex(const Peers& peers) {
  Bytes v4;
  Bytes v6;
  Bytes flags4;
  Bytes flags6;
  for (std::size_t i = 0; i < peers.endpoints.size(); ++i) {
    const Endpoint& endpoint = peers.endpoints[i];
    endpoint.append_compact(endpoint.address.is_v4() ? v4 : v6);
    (endpoint.address.is_v4() ? flags4 : flags6)
        .push_back(pex_flags(peers.hints.empty() ? PeerHint{} : peers.hints[i]));
  }
  bencode::Encoder encoder;
  encoder.begin_dict();
  encoder.key("added").string(ByteSpan(v4));
  encoder.key("added.f").string(ByteSpan(flags4));
  encoder.key("added6").string(ByteSpan(v6));
  encoder.key("added6.f").string(ByteSpan(flags6));
  encoder.key("dropped").string(ByteSpan());
  encoder.key("dropped6").string(ByteSpan());
  encoder.end();
  return encoder.take();
}

Result<ChunkIndex> decode_bt_dont_have(ByteSpan payload) {
  if (payload.size() != kDontHaveBytes) return bad_extension("a lost piece is not named by 4 bytes");
  return ChunkIndex{load_be<std::uint32_t>(payload.data())};
}

Bytes encode_bt_dont_have(ChunkIndex chunk) {
  Bytes payload(kDontHaveBytes);
  store_be(payload.data(), chunk.value);
  return payload;
}

}  // namespace stp::wire
