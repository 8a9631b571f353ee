// SHA-256 (FIPS 180-4) through libcrypto, which uses the processor's SHA instructions (libsodium's does not and is five
// times slower). The algorithm is fetched once and the context kept per thread: a fresh one costs more than a small
// input.
#pragma once

#include <memory>

#include "core/bytes.h"
#include "core/ids.h"

struct evp_md_ctx_st;

namespace stp::crypto {

/// SHA-256 of `data`. Thread-safe.
[[nodiscard]] Hash256 sha256(ByteSpan data);

/// SHA-256 of left ‖ right: a parent in a Merkle tree (BEP 52).
[[nodiscard]] Hash256 sha256_pair(const Hash256& left, const Hash256& right);

/// SHA-256 of data that comes in pieces. One thread at a time.
class Sha256 {
 public:
  Sha256();
  ~Sha256();
  Sha256(Sha256&&) noexcept;
  Sha256& operator=(Sha256&&) noexcept;

  void update(ByteSpan data);
  /// The hash of all updates; the object can then be used again.
  [[nodiscard]] Hash256 finish();

 private:
  struct Free {
    void operator()(evp_md_ctx_st* context) const;
  };
  std::unique_ptr<evp_md_ctx_st, Free> context_;
};

}  // namespace stp::crypto
