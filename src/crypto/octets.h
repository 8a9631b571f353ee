// Our bytes as the underlying libraries expect them.
#pragma once

#include "core/bytes.h"

namespace stp::crypto {

inline unsigned char* octets(MutableByteSpan bytes) {
  return reinterpret_cast<unsigned char*>(bytes.data());
}
inline const unsigned char* octets(ByteSpan bytes) {
  return reinterpret_cast<const unsigned char*>(bytes.data());
}

}  // namespace stp::crypto
