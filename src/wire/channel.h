// Channel: one encrypted connection between two stp peers, without any I/O (docs/protocol.md "Handshake", "Channel"). A
// Codec: stp's own.
//
// It sits between a byte stream (a TCP connection) and messages:
//
//   handle_input ──▶ records ──▶ poll_frame         send, send_data ──▶ records ──▶ pending_output
//
// States; `failed` is final, and says why:
//
//   initiator:  awaiting_choice ──message 2──▶ established        the offer is in pending_output() from the start
//   responder:  awaiting_offer  ──message 1──▶ established        the choice is in pending_output() then
//   either:     any of them ──wrong bytes──▶ failed
//
// In a public swarm the host has already exchanged BitTorrent handshakes (wire/bt_handshake.h); in a private one the
// channel begins with the first byte. Messages may be queued in any state; they are sealed once it is established.
//
// Driving it:
//   readable:  n = read(socket, prepare_input()); handle_input(n); then poll_frame() until it has nothing more
//   writable:  n = write(socket, pending_output()); consume_output(n)
// A host that can't take more frames stops polling and reading; the channel then holds at most two pooled buffers of
// input. Its output is whatever the host sent: check pending_output_bytes() before sending more.
//
// Not thread-safe. The pool must outlive the channel and the data frames that came out of it.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>

#include "core/bytes.h"
#include "core/result.h"
#include "crypto/aead.h"
#include "crypto/secret_bytes.h"
#include "crypto/x25519.h"
#include "wire/buffer_pool.h"
#include "wire/channel_handshake.h"
#include "wire/codec.h"
#include "wire/frame_stream.h"
#include "wire/message.h"
#include "wire/output_queue.h"

namespace stp::wire {

enum class ChannelState : std::uint8_t {
  awaiting_offer,   // responder: nothing from the other side yet
  awaiting_choice,  // initiator: our offer is out
  established,      // keys are there, frames flow
  failed            // see error(); input is no longer accepted
};

class Channel final : public Codec {
 public:
  /// The side that connects. `ephemeral`: X25519KeyPair::generate(), used for this channel only. `fast_aes`:
  /// crypto::has_fast_aes().
  [[nodiscard]] static Channel initiator(BufferPool& pool, const crypto::Psk& psk,
                                         const crypto::X25519KeyPair& ephemeral, bool fast_aes);
  /// The side that is connected to. One that has many keys first finds out which is meant (make_offer_trial()).
  [[nodiscard]] static Channel responder(BufferPool& pool, const crypto::Psk& psk,
                                         const crypto::X25519KeyPair& ephemeral, bool fast_aes);

  Channel(Channel&&) noexcept = default;
  Channel& operator=(Channel&&) noexcept = default;

  [[nodiscard]] ChannelState state() const { return state_; }
  [[nodiscard]] bool established() const { return state_ == ChannelState::established; }
  /// Why it failed; only in that state.
  [[nodiscard]] const Error& error() const { return *error_; }
  /// Of the established channel.
  [[nodiscard]] crypto::Cipher cipher() const { return cipher_; }
  /// Hash of the handshake, equal on both sides and unique to this connection; once established.
  [[nodiscard]] const Hash256& transcript() const { return transcript_; }

  /// stp's frames name blocks.
  void set_shape(ShareShape /*shape*/) override {}

  // --- input ---------------------------------------------------------------------------------------------------------
  /// At least kRecordBytesMax bytes once poll_frame() has given everything.
  [[nodiscard]] MutableByteSpan prepare_input() override { return stream_.prepare(); }
  Status handle_input(std::size_t n) override;
  /// prepare_input() and handle_input() for bytes in another buffer; returns how many there was room for.
  [[nodiscard]] Result<std::size_t> handle_bytes(ByteSpan bytes);
  [[nodiscard]] Result<std::optional<Frame>> poll_frame() override;

  // --- output --------------------------------------------------------------------------------------------------------
  /// Messages gather in one record until pending_output() is called or data follows.
  void send(const Message& message) override;
  /// Only when established.
  void send_data(const BlockRun& run, ByteSpan payload) override;
  [[nodiscard]] ByteSpan pending_output() override;
  void consume_output(std::size_t n) override { output_.consume(n); }
  /// Including what is still being gathered.
  [[nodiscard]] std::size_t pending_output_bytes() const override { return output_.size() + gathered_.size(); }

  void check_invariants() const;

 private:
  Channel(BufferPool& pool, ChannelState state, const crypto::X25519KeyPair& ephemeral, bool fast_aes);

  [[nodiscard]] Status handle_handshake();
  void establish(const ChannelKeys& keys);
  Error fail(Error error);
  void queue(ByteSpan bytes);
  void seal_gathered();

  ChannelState state_;
  std::optional<Error> error_;
  crypto::Cipher cipher_ = crypto::Cipher::chacha20_poly1305;
  Hash256 transcript_;

  // Only until established.
  crypto::X25519KeyPair ephemeral_;
  bool fast_aes_;
  std::optional<crypto::Psk> psk_;  // responder
  std::optional<HandshakeInitiator> initiator_;

  FrameStream stream_;
  std::optional<RecordSealer> sealer_;
  OutputQueue output_;
  Bytes gathered_;  // frames that are not in a record yet
};

}  // namespace stp::wire
