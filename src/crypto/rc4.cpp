#include "crypto/rc4.h"

#include <numeric>
#include <utility>

#include "core/result.h"

namespace stp::crypto {

Rc4::Rc4(ByteSpan key, std::size_t skip) {
  STP_ASSERT(!key.empty() && key.size() <= state_.size());
  std::iota(state_.begin(), state_.end(), std::uint8_t{0});
  std::uint8_t j = 0;
  for (std::size_t i = 0; i < state_.size(); ++i) {
    j = static_cast<std::uint8_t>(j + state_[i] + std::to_integer<std::uint8_t>(key[i % key.size()]));
    std::swap(state_[i], state_[j]);
  }
  Bytes skipped(skip);
  apply(skipped);
}

void Rc4::apply(MutableByteSpan bytes) {
  for (std::byte& byte : bytes) {
    ++i_;
    j_ = static_cast<std::uint8_t>(j_ + state_[i_]);
    std::swap(state_[i_], state_[j_]);
    byte ^= static_cast<std::byte>(state_[static_cast<std::uint8_t>(state_[i_] + state_[j_])]);
  }
}

}  // namespace stp::crypto
