#include "crypto/sha256.h"

#include <openssl/evp.h>

#include "core/result.h"

namespace stp::crypto {
namespace {

const EVP_MD* algorithm() {
  static const EVP_MD* const md = EVP_MD_fetch(nullptr, "SHA256", nullptr);
  STP_ASSERT(md != nullptr);
  return md;
}

}  // namespace

Hash256 sha256(ByteSpan data) {
  thread_local Sha256 context;
  context.update(data);
  return context.finish();
}

Hash256 sha256_pair(const Hash256& left, const Hash256& right) {
  std::array<std::byte, 64> both{};
  std::copy(left.bytes.begin(), left.bytes.end(), both.begin());
  std::copy(right.bytes.begin(), right.bytes.end(), both.begin() + 32);
  return sha256(both);
}

void Sha256::Free::operator()(evp_md_ctx_st* context) const {
  EVP_MD_CTX_free(context);
}

Sha256::Sha256() : context_(EVP_MD_CTX_new()) {
  STP_ASSERT(context_ && EVP_DigestInit_ex2(context_.get(), algorithm(), nullptr) == 1);
}
Sha256::~Sha256() = default;
Sha256::Sha256(Sha256&&) noexcept = default;
Sha256& Sha256::operator=(Sha256&&) noexcept = default;

void Sha256::update(ByteSpan data) {
  STP_ASSERT(EVP_DigestUpdate(context_.get(), data.data(), data.size()) == 1);
}

Hash256 Sha256::finish() {
  Hash256 hash;
  STP_ASSERT(EVP_DigestFinal_ex(context_.get(), reinterpret_cast<unsigned char*>(hash.bytes.data()), nullptr) == 1);
  STP_ASSERT(EVP_DigestInit_ex2(context_.get(), nullptr, nullptr) == 1);
  return hash;
}

}  // namespace stp::crypto
