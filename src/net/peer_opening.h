// PeerOpening: the beginning of a connection, without I/O: from its first byte until a codec carries messages.
//
//                    ┌──stp on both sides──▶ securing ──▶ done: stp's channel
//   greeting ────────┴──otherwise────────────────────▶ done: BitTorrent
//      ▲ ▲
//      │ └─ connecting to a public swarm: both sides send BitTorrent's 68-byte handshake (BEP 3) and look for stp's
//      │    reserved bit
//      └─── accepted: what does not start like that handshake is the channel's first message, of a private swarm
//           (securing), or else an encrypted connection (hiding), in which the greeting follows
//
// A hybrid share has a key for each version. Who calls by that of v1 and can do v2 says so by a reserved bit, and is
// answered by the key of v2 (BEP 52 "upgrade path"): what follows, a channel's pre-shared key included, is v2's.
//
//   securing   the channel's handshake (wire/channel.h); a private swarm that we connect to begins here
//   hiding     Message Stream Encryption (wire/mse.h); then BitTorrent, also between two that are stp
//
// Bounds: strangers get a few hundred bytes, and no key is made for them before their half of a key exchange has
// arrived. Not thread-safe. The swarm, or the directory until swarm() is known, must outlive it.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "core/bytes.h"
#include "core/result.h"
#include "net/swarm_directory.h"
#include "transfer/peer_wire.h"
#include "wire/bt_handshake.h"
#include "wire/buffer_pool.h"
#include "wire/channel.h"
#include "wire/codec.h"
#include "wire/mse.h"

namespace stp::net {

class PeerOpening {
 public:
  /// How a peer of a swarm is called.
  struct Call {
    std::size_t access = 0;  // of the swarm, by its position
    bool hide = false;       // encrypted from the first byte, if the swarm is public
    bool upgrade = true;     // a call by v1 says that it can do v2
  };
  PeerOpening(wire::BufferPool& pool, const SwarmIdentity& swarm, const Call& call);
  /// Accepted: the other side says or shows which of `swarms` it means.
  PeerOpening(wire::BufferPool& pool, const SwarmDirectory& swarms);

  /// How many bytes to read at most: what follows is the codec's.
  [[nodiscard]] std::size_t wanted() const;
  /// Takes bytes that the other side sent, at most wanted(). An error is final and says why.
  Status handle_input(ByteSpan bytes);
  /// What is to be sent now. Also once it is done: before anything of the codec.
  [[nodiscard]] Bytes take_output();

  [[nodiscard]] bool done() const { return step_ == Step::done; }
  /// Once done, and once.
  [[nodiscard]] std::unique_ptr<wire::Codec> take_codec() { return std::move(codec_); }
  /// Null as long as it is not known.
  [[nodiscard]] const SwarmIdentity* swarm() const { return swarm_; }
  /// By which of its accesses they meet, once the swarm is known: of a hybrid, which each side may have named by the other
  /// hash.
  [[nodiscard]] std::size_t access() const { return access_; }
  /// How its bytes travel; once done.
  [[nodiscard]] transfer::PeerWire wire() const;
  /// Why a peer that we dialled hung up now. It can't say so itself, since it may understand nothing that we send; how far
  /// it got is the only evidence.
  [[nodiscard]] std::string words_for_hang_up() const;
  /// Whether the other side has said nothing that shows that it knows the swarm.
  [[nodiscard]] bool unanswered() const;
  /// Whether it failed since a call by v1 was answered by a v2 key that is not the swarm's: their v1 hashes are the same.
  [[nodiscard]] bool upgraded_elsewhere() const { return upgraded_elsewhere_; }

 private:
  enum class Step : std::uint8_t { greeting, securing, hiding, done };

  Status take_greeting();
  Status take_offer_or_hidden();
  Status take_handshake();
  Status take_hidden(ByteSpan bytes);
  Status take_hidden_greeting();
  void start_channel();
  void use_channel(wire::Channel channel);
  /// Sets swarm_ and access_.
  Result<wire::BtHandshake> read_greeting();
  [[nodiscard]] const wire::SwarmAccess& met_by() const { return swarm_->accesses[access_]; }
  [[nodiscard]] wire::BtHandshake greeting(bool stp) const;
  [[nodiscard]] bool incoming() const { return directory_ != nullptr; }

  wire::BufferPool& pool_;
  const SwarmDirectory* const directory_;  // incoming only
  const SwarmIdentity* swarm_ = nullptr;
  std::size_t access_ = 0;  // of it
  const bool upgrade_ = true;
  bool upgraded_elsewhere_ = false;
  Step step_ = Step::greeting;
  bool heard_ = false;
  bool tried_private_ = false;
  Bytes input_;  // of the step
  Bytes output_;
  std::unique_ptr<wire::Codec> codec_;
  wire::Channel* channel_ = nullptr;  // of it, while securing
  std::optional<wire::MseHandshake> hiding_;
  std::optional<wire::MseCiphers> ciphers_;  // hidden, and its handshake is over
  bool payload_hidden_ = false;              // and so is what follows
};

}  // namespace stp::net
