// SHA-1 (FIPS 180-4) through libcrypto, for formats that prescribe it (BEP 3, BEP 33). It is broken as a proof of
// content: nothing that must resist forgery may rely on it.
#pragma once

#include <array>
#include <cstddef>
#include <memory>

#include "core/bytes.h"

struct evp_md_ctx_st;

namespace stp::crypto {

using Sha1Digest = std::array<std::byte, 20>;

/// SHA-1 of `data`. Thread-safe.
[[nodiscard]] Sha1Digest sha1(ByteSpan data);

/// SHA-1 of data that comes in pieces. One thread at a time.
class Sha1 {
 public:
  Sha1();
  ~Sha1();
  Sha1(const Sha1&);
  Sha1& operator=(const Sha1&) = delete;
  Sha1(Sha1&&) noexcept;
  Sha1& operator=(Sha1&&) noexcept;

  void update(ByteSpan data);
  /// The hash of all updates; the object can then be used again.
  [[nodiscard]] Sha1Digest finish();

 private:
  struct Free {
    void operator()(evp_md_ctx_st* context) const;
  };
  std::unique_ptr<evp_md_ctx_st, Free> context_;
};

}  // namespace stp::crypto
