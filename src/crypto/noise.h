// Noise_NNpsk0_25519_{ChaChaPoly,AESGCM}_SHA256: the handshake of the Noise Protocol Framework, rev 34 §5, in the one
// pattern that stp uses.
//
//   NNpsk0:  -> psk, e
//            <- e, ee
//
// Neither side has a long-term identity; both prove that they know the pre-shared key, and the resulting keys are lost
// with the ephemeral ones (forward secrecy). Payloads of both messages are encrypted: in psk handshakes an `e` token
// also mixes the public key into the chaining key (§9.2), so even the first message can only be made and read with the
// psk.
//
// Deviations: none; checked with published vectors. The AESGCM variant exists for those vectors and the tests.
// After an error the object is useless: drop it. Not thread-safe; keys are wiped on destruction.
#pragma once

#include <cstdint>
#include <optional>

#include "core/bytes.h"
#include "core/ids.h"
#include "core/result.h"
#include "crypto/aead.h"
#include "crypto/x25519.h"

namespace stp::crypto {

/// What a handshake adds to its payload: the ephemeral key and a tag.
inline constexpr std::size_t kNoiseOverheadBytes = X25519Public::kSize + kTagBytes;

/// The two keys of a finished handshake, seen from one side (§5.2 Split).
struct TransportKeys {
  Key send;
  Key receive;
};

/// SymmetricState of §5.2 together with its CipherState of §5.1.
class NoiseSymmetricState {
 public:
  explicit NoiseSymmetricState(Cipher cipher);

  void mix_hash(ByteSpan data);
  void mix_key(ByteSpan material);
  void mix_key_and_hash(ByteSpan material);
  /// plaintext ‖ tag. A key must already have been mixed in, as is always the case in NNpsk0 when there is something to
  /// encrypt.
  [[nodiscard]] Bytes encrypt_and_hash(ByteSpan plaintext);
  [[nodiscard]] std::optional<Bytes> decrypt_and_hash(ByteSpan sealed);
  /// (initiator's sending key, responder's sending key).
  [[nodiscard]] std::pair<Key, Key> split() const;
  [[nodiscard]] const Hash256& hash() const { return hash_; }
  [[nodiscard]] const Key& chaining_key() const { return chaining_key_; }

 private:
  Cipher cipher_;
  Hash256 hash_;
  Key chaining_key_;
  std::optional<Key> key_;
  std::uint64_t counter_ = 0;
};

/// One side of an NNpsk0 handshake: the initiator writes, then reads; the responder reads, then writes.
class NoiseHandshake {
 public:
  enum class Role : std::uint8_t { initiator, responder };

  /// `prologue` must be the same on both sides; it is authenticated and not sent.
  NoiseHandshake(Role role, Cipher cipher, const Psk& psk, ByteSpan prologue, const X25519KeyPair& ephemeral);

  /// The next message, payload.size() + kNoiseOverheadBytes bytes. It must be our turn. Error: denied, when the other
  /// side's ephemeral key is of small order.
  [[nodiscard]] Result<Bytes> write_message(ByteSpan payload);
  /// The payload of the other side's message. It must be its turn. Errors: malformed (too short), denied (not made with
  /// this psk and prologue, or changed on the way).
  [[nodiscard]] Result<Bytes> read_message(ByteSpan message);

  [[nodiscard]] bool finished() const { return messages_ == 2; }
  /// The keys; only when finished().
  [[nodiscard]] TransportKeys split() const;
  /// Hash of the whole transcript (§11.2); only when finished().
  [[nodiscard]] const Hash256& handshake_hash() const;

 private:
  [[nodiscard]] bool our_turn() const { return (messages_ == 0) == (role_ == Role::initiator) && !finished(); }
  [[nodiscard]] bool mix_shared_secret();

  Role role_;
  NoiseSymmetricState symmetric_;
  X25519KeyPair ephemeral_;
  X25519Public their_ephemeral_;
  unsigned messages_ = 0;  // written and read so far
};

}  // namespace stp::crypto
