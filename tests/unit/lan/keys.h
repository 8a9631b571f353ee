// Swarm keys for the tests of local discovery.
#pragma once

#include <cstddef>
#include <cstdint>

#include "core/ids.h"

namespace stp::lan {

/// A key of equal bytes.
inline SwarmKey key_of(std::uint8_t byte) {
  SwarmKey key;
  key.bytes.fill(std::byte{byte});
  return key;
}

}  // namespace stp::lan
