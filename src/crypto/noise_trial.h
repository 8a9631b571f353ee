// NoiseTrial: which of many pre-shared keys the first message of an NNpsk0 handshake was made with (crypto/noise.h).
//
// The message names no key, so all are tried. What depends on the key alone is computed once per key. The rest is
// computed for all keys at once, since several hashes side by side cost hardly more than one (crypto/sha256_lanes.h):
// about 1 µs per key with the processor's SHA instructions.
//
// Not thread-safe. Wipes what it derives from the keys.
#pragma once

#include <cstddef>
#include <optional>
#include <vector>

#include "core/bytes.h"
#include "crypto/noise.h"

namespace stp::crypto {

class NoiseTrial {
 public:
  /// For handshakes of ChaChaPoly with this prologue.
  explicit NoiseTrial(ByteSpan prologue);

  /// The new key has the next index.
  void add(const Psk& psk);
  /// Later keys move down by one.
  void erase(std::size_t index);
  [[nodiscard]] std::size_t size() const { return states_.size(); }

  /// The index of the key with which `message` can be read; nullopt: none.
  [[nodiscard]] std::optional<std::size_t> find(ByteSpan message) const;

 private:
  /// The symmetric state after the psk token.
  struct State {
    Key chaining_key;
    Hash256 hash;
  };
  const Bytes prologue_;
  std::vector<State> states_;
};

}  // namespace stp::crypto
