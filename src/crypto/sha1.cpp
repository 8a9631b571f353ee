#include "crypto/sha1.h"

#include <openssl/evp.h>

#include "core/result.h"

namespace stp::crypto {
namespace {

const EVP_MD* sha1_algorithm() {
  static const EVP_MD* const md = EVP_MD_fetch(nullptr, "SHA1", nullptr);
  STP_ASSERT(md != nullptr);
  return md;
}

}  // namespace

Sha1Digest sha1(ByteSpan data) {
  thread_local Sha1 context;
  context.update(data);
  return context.finish();
}

void Sha1::Free::operator()(evp_md_ctx_st* context) const {
  EVP_MD_CTX_free(context);
}

Sha1::Sha1() : context_(EVP_MD_CTX_new()) {
  STP_ASSERT(context_ && EVP_DigestInit_ex2(context_.get(), sha1_algorithm(), nullptr) == 1);
}
Sha1::Sha1(const Sha1& other) : Sha1() {
  STP_ASSERT(EVP_MD_CTX_copy_ex(context_.get(), other.context_.get()) == 1);
}
Sha1::~Sha1() = default;
Sha1::Sha1(Sha1&&) noexcept = default;
Sha1& Sha1::operator=(Sha1&&) noexcept = default;

void Sha1::update(ByteSpan data) {
  STP_ASSERT(EVP_DigestUpdate(context_.get(), data.data(), data.size()) == 1);
}

Sha1Digest Sha1::finish() {
  Sha1Digest digest{};
  STP_ASSERT(EVP_DigestFinal_ex(context_.get(), reinterpret_cast<unsigned char*>(digest.data()), nullptr) == 1);
  STP_ASSERT(EVP_DigestInit_ex2(context_.get(), nullptr, nullptr) == 1);
  return digest;
}

}  // namespace stp::crypto
