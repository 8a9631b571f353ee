#include "crypto/modp768.h"

#include <openssl/bn.h>

#include <iterator>
#include <memory>

#include "core/result.h"
#include "crypto/random.h"

namespace stp::crypto {
namespace {

constexpr char kPrime[] =
    "FFFFFFFFFFFFFFFFC90FDAA22168C234C4C6628B80DC1CD129024E088A67CC74020BBEA63B139B22514A08798E3404DD"
    "EF9519B3CD3A431B302B0A6DF25F14374FE1356D6D51C245E485B576625E7EC6F44C42E9A63A36210000000000090563";

struct Free {
  void operator()(BIGNUM* number) const { BN_clear_free(number); }
  void operator()(BN_CTX* context) const { BN_CTX_free(context); }
};
using Number = std::unique_ptr<BIGNUM, Free>;

Number from_bytes(ByteSpan bytes) {
  Number number(
      BN_bin2bn(reinterpret_cast<const unsigned char*>(bytes.data()), static_cast<int>(bytes.size()), nullptr));
  STP_ASSERT(number);
  return number;
}

const BIGNUM* prime() {
  static const Number number([] {
    BIGNUM* made = nullptr;
    STP_ASSERT(BN_hex2bn(&made, kPrime) == static_cast<int>(std::size(kPrime)) - 1);
    return made;
  }());
  return number.get();
}

/// base ^ exponent mod p, as 96 bytes.
void power(const BIGNUM* base, const Modp768Private& exponent, MutableByteSpan out) {
  const std::unique_ptr<BN_CTX, Free> context(BN_CTX_new());
  const Number secret = from_bytes(exponent.span());
  const Number result(BN_new());
  BN_set_flags(secret.get(), BN_FLG_CONSTTIME);
  STP_ASSERT(context && result && BN_mod_exp(result.get(), base, secret.get(), prime(), context.get()) == 1);
  STP_ASSERT(BN_bn2binpad(result.get(), reinterpret_cast<unsigned char*>(out.data()), static_cast<int>(out.size())) ==
             static_cast<int>(out.size()));
}

}  // namespace

Modp768KeyPair Modp768KeyPair::generate() {
  Modp768Private secret;
  random_fill(secret.mutable_span());
  return from(secret);
}

Modp768KeyPair Modp768KeyPair::from(const Modp768Private& private_key) {
  Modp768KeyPair pair{private_key, {}};
  const Number two(BN_new());
  STP_ASSERT(two && BN_set_word(two.get(), 2) == 1);
  power(two.get(), private_key, pair.public_key.bytes);
  return pair;
}

std::optional<Modp768Shared> modp768(const Modp768Private& ours, const Modp768Public& theirs) {
  const Number key = from_bytes(theirs.bytes);
  const Number last(BN_dup(prime()));
  STP_ASSERT(last && BN_sub_word(last.get(), 1) == 1);
  if (BN_is_zero(key.get()) || BN_is_one(key.get()) || BN_cmp(key.get(), last.get()) >= 0) return std::nullopt;
  Modp768Shared shared;
  power(key.get(), ours, shared.mutable_span());
  return shared;
}

}  // namespace stp::crypto
