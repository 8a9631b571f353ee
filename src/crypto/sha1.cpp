#include "crypto/sha1.h"

#include <openssl/evp.h>

#include "core/result.h"

namespace stp::crypto {

Sha1Digest sha1(ByteSpan data) {
  static const EVP_MD* const algorithm = EVP_MD_fetch(nullptr, "SHA1", nullptr);
  Sha1Digest digest{};
  STP_ASSERT(algorithm != nullptr &&
             EVP_Digest(data.data(), data.size(), reinterpret_cast<unsigned char*>(digest.data()), nullptr, algorithm,
                        nullptr) == 1);
  return digest;
}

}  // namespace stp::crypto
