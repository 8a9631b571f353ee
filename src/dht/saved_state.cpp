#include "dht/saved_state.h"

#include <algorithm>

#include "bencode/bencode.h"
#include "dht/limits.h"

namespace stp::dht {
namespace {

constexpr std::int64_t kVersion = 1;
constexpr std::array<std::string_view, kFamilies.size()> kIdKeys = {"id4", "id6"};
constexpr std::array<std::string_view, kFamilies.size()> kNodesKeys = {"nodes", "nodes6"};
static_assert(kFallbackMax * compact_node_bytes(Family::v6) * 2 < kStateBytesMax);

Error malformed(const char* what) {
  return {ErrorKind::malformed, std::string("saved DHT state: ") + what};
}

}  // namespace

Bytes encode_state(const SavedState& state) {
  bencode::Encoder out;
  out.begin_dict();
  for (const Family family : kFamilies) out.key(kIdKeys[index_of(family)]).string(state.ids[index_of(family)].span());
  for (const Family family : kFamilies) {
    const std::vector<NodeContact>& nodes = state.nodes[index_of(family)];
    Bytes raw;
    for (std::size_t i = 0; i < std::min(nodes.size(), kFallbackMax); ++i) append_compact(raw, nodes[i]);
    out.key(kNodesKeys[index_of(family)]).string(raw);
  }
  out.key("v").integer(kVersion).end();
  return out.take();
}

Result<SavedState> decode_state(ByteSpan raw) {
  if (raw.size() > kStateBytesMax) return Error{ErrorKind::limit, "saved DHT state: too long"};
  bencode::Document document;
  const Status status = document.decode(raw, {kBencodeDepthMax, kBencodeTokensMax, bencode::Strictness::canonical});
  if (!status) return status.error();
  const bencode::View root = document.root();
  if (root.find_integer("v") != kVersion) return Error{ErrorKind::unsupported, "saved DHT state: unknown version"};
  SavedState state;
  for (const Family family : kFamilies) {
    const std::optional<ByteSpan> id_raw = root.find_string(kIdKeys[index_of(family)]);
    const std::optional<NodeId> id = id_raw ? NodeId::from(*id_raw) : std::nullopt;
    if (!id) return malformed("no node id");
    state.ids[index_of(family)] = *id;
    const std::optional<ByteSpan> nodes_raw = root.find_string(kNodesKeys[index_of(family)]);
    if (!nodes_raw) return malformed("no nodes");
    std::optional<std::vector<NodeContact>> nodes = parse_compact_nodes(*nodes_raw, family, kFallbackMax);
    if (!nodes) return malformed("nodes have the wrong length");
    state.nodes[index_of(family)] = *std::move(nodes);
  }
  return state;
}

}  // namespace stp::dht
