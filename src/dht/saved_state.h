// What a node remembers from one run to the next: its ids and its good nodes. A bencoded dictionary:
//   "id4", "id6": 20 bytes;  "nodes", "nodes6": compact contacts, own neighbourhood first;  "v": 1.
// The file may have been damaged or forged: everything is bounded, and a file that does not parse is refused as a
// whole.
#pragma once

#include <array>
#include <optional>
#include <vector>

#include "core/bytes.h"
#include "core/result.h"
#include "dht/contact.h"

namespace stp::dht {

struct SavedState {
  std::array<NodeId, kFamilies.size()> ids;                      // by Family
  std::array<std::vector<NodeContact>, kFamilies.size()> nodes;  // at most kFallbackMax each
  bool operator==(const SavedState&) const = default;
};

[[nodiscard]] Bytes encode_state(const SavedState& state);
[[nodiscard]] Result<SavedState> decode_state(ByteSpan raw);

}  // namespace stp::dht
