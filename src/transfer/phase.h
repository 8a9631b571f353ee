// How far a share has come, which all parts of its swarm go by. The diagram is in swarm.h; Swarm alone changes it.
#pragma once

#include <cstdint>

namespace stp::transfer {

enum class Phase : std::uint8_t {
  metainfo,  // the info dictionary is being fetched
  storage,   // it is known; the driver is opening the files
  hashes,    // the piece layers are being fetched
  chunks,    // wanted chunks are missing
  complete   // every wanted chunk is here
};

}  // namespace stp::transfer
