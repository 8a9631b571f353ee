// RC4, for Message Stream Encryption, which prescribes it. It is broken as a cipher: it only makes a connection look
// random. Written out here, as libcrypto 3 has it only in a provider that need not be installed.
#pragma once

#include <array>
#include <cstdint>

#include "core/bytes.h"

namespace stp::crypto {

class Rc4 {
 public:
  /// `key`: 1 to 256 bytes. The first `skip` bytes of the stream are thrown away.
  Rc4(ByteSpan key, std::size_t skip);

  /// Encrypts or decrypts the next bytes of the stream, in place.
  void apply(MutableByteSpan bytes);

 private:
  std::array<std::uint8_t, 256> state_{};
  std::uint8_t i_ = 0;
  std::uint8_t j_ = 0;
};

}  // namespace stp::crypto
