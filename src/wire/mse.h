// Message Stream Encryption: the handshake that hides a BitTorrent connection, for clients that insist on it. There is no
// BEP; the source is Vuze's "Message Stream Encryption" (wiki.vuze.com), as libtorrent, qBittorrent and Transmission
// have it. Without any I/O.
//
//   A ─▶ B   Ya ‖ PadA
//   A ◀─ B   Yb ‖ PadB
//   A ─▶ B   H("req1" S) ‖ H("req2" key) xor H("req3" S) ‖ E(VC ‖ offer ‖ len PadC ‖ PadC ‖ len IA) ‖ E(IA)
//   A ◀─ B   E(VC ‖ choice ‖ len PadD ‖ PadD) ‖ payload
//
// S is the Diffie–Hellman secret (crypto/modp768.h), `key` the swarm's, VC eight zeros, IA the beginning of A's payload,
// H SHA-1, E RC4. The payload goes on in RC4 or in the clear, whichever B chooses of what A offers.
// It proves nothing and keeps no secret from anybody who knows the swarm's key.
//
// States: more input is wanted until done(); an error is final. Bounds: pads of 512 bytes, IA of kMseInitialBytesMax.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <utility>

#include "core/bytes.h"
#include "core/ids.h"
#include "core/result.h"
#include "crypto/modp768.h"
#include "crypto/rc4.h"
#include "crypto/sha1.h"

namespace stp::wire {

inline constexpr std::size_t kMsePadBytesMax = 512;
inline constexpr std::size_t kMseInitialBytesMax = 4096;

/// How the payload goes on, in each direction; none: in the clear.
struct MseCiphers {
  std::optional<crypto::Rc4> receive;
  std::optional<crypto::Rc4> send;
};

/// What the connecting side names a swarm by: SHA-1 of "req2" and its key.
[[nodiscard]] crypto::Sha1Digest mse_name(const SwarmKey& key);

class MseHandshake {
 public:
  struct Swarm {
    SwarmKey key;
    bool plain = true;  // the payload may be in the clear
  };
  /// The swarm that a name stands for; nullopt: none of ours.
  using Find = std::function<std::optional<Swarm>(const crypto::Sha1Digest& name)>;

  /// The side that connects. `initial`: the beginning of its payload.
  [[nodiscard]] static MseHandshake initiator(const Swarm& swarm, const crypto::Modp768KeyPair& pair, ByteSpan pad,
                                              ByteSpan initial);
  /// The side that is connected to. It chooses a payload in the clear where both permit that.
  [[nodiscard]] static MseHandshake responder(const crypto::Modp768KeyPair& pair, ByteSpan pad, Find find);

  /// Takes bytes of the other side. Errors: malformed; not_found for a swarm that is not ours; unsupported when the two
  /// sides have no way in common.
  Status handle_input(ByteSpan bytes);
  /// What is to be sent next; empty when there is nothing.
  [[nodiscard]] Bytes take_output() { return std::exchange(output_, {}); }

  [[nodiscard]] bool done() const { return state_ == State::done; }
  /// Once done: of the swarm.
  [[nodiscard]] const SwarmKey& key() const { return swarm_->key; }
  /// Once done, and once: the ciphers, and what has come of the other side's payload, in the clear.
  [[nodiscard]] MseCiphers take_ciphers() { return std::move(ciphers_); }
  [[nodiscard]] Bytes take_payload() { return std::exchange(input_, {}); }

 private:
  enum class State : std::uint8_t { public_key, start, name, offer, initial, choice, padding, done };

  MseHandshake(const crypto::Modp768KeyPair& pair, ByteSpan pad, bool initiates);

  /// One step; false: more input is needed.
  [[nodiscard]] Result<bool> step();
  [[nodiscard]] Result<bool> take_public_key();
  [[nodiscard]] Result<bool> take_start();
  [[nodiscard]] Result<bool> take_name();
  [[nodiscard]] Result<bool> take_offer();
  [[nodiscard]] Result<bool> take_initial();
  [[nodiscard]] Result<bool> take_choice();
  [[nodiscard]] Result<bool> take_padding();

  void send_offer();
  void make_ciphers();
  void finish(bool rc4);
  /// The first n bytes of the input, decrypted; they leave it.
  [[nodiscard]] Bytes take_decrypted(std::size_t n);
  void send_encrypted(Bytes bytes);
  /// Drops what comes before `mark`, which must come within a pad; false: not there yet. Errors: malformed.
  [[nodiscard]] Result<bool> skip_pad(ByteSpan mark);

  State state_ = State::public_key;
  const crypto::Modp768KeyPair pair_;
  const bool initiates_;
  Find find_;
  std::optional<Swarm> swarm_;
  crypto::Modp768Shared shared_;
  Bytes initial_;  // of ours, to be sent
  Bytes input_;
  Bytes output_;
  MseCiphers ciphers_;
  std::uint32_t offered_ = 0;
  std::size_t initial_bytes_ = 0;  // of theirs
  std::size_t pad_bytes_ = 0;      // that follow
  bool chose_rc4_ = false;
};

}  // namespace stp::wire
