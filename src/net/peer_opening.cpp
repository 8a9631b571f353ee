#include "net/peer_opening.h"

#include <algorithm>
#include <utility>

#include "crypto/aead.h"
#include "crypto/modp768.h"
#include "crypto/random.h"
#include "crypto/x25519.h"
#include "wire/bt_codec.h"

namespace stp::net {
namespace {

constexpr const char* kNoAnswer =
    "it closes the connection without an answer: it shares something else there, shares privately, or is full";
constexpr const char* kHalfAnAnswer = "it closed the connection in the middle of its handshake";
// It knows the swarm, whose key is the first 20 bytes of the info-hash, but not with the same 32 bytes.
constexpr const char* kOtherHash =
    "it has another share whose hash begins with the same bytes: the link may be mistyped at its end";
// A private link has a checksum, so it is not mistyped.
constexpr const char* kOtherSecret = "it does not know this private share: it shares something else there";

constexpr std::size_t kHiddenReadBytes = 1024;

Error refuse(const char* why) {
  return {ErrorKind::malformed, why};
}

Bytes random_pad() {
  std::array<std::byte, 2> size{};
  crypto::random_fill(size);
  Bytes pad(load_be<std::uint16_t>(size.data()) % (wire::kMsePadBytesMax + 1));
  crypto::random_fill(pad);
  return pad;
}

}  // namespace

PeerOpening::PeerOpening(wire::BufferPool& pool, const SwarmIdentity& swarm, const Call& call)
    : pool_(pool), directory_(nullptr), swarm_(&swarm), access_(call.access), upgrade_(call.upgrade) {
  if (swarm.is_private) {
    start_channel();
    return;
  }
  if (!call.hide) {
    append(output_, wire::encode(greeting(true)));
    return;
  }
  step_ = Step::hiding;
  hiding_.emplace(wire::MseHandshake::initiator({met_by().key, !swarm.must_hide}, crypto::Modp768KeyPair::generate(),
                                                random_pad(), wire::encode(greeting(false))));
  output_ = hiding_->take_output();
}

PeerOpening::PeerOpening(wire::BufferPool& pool, const SwarmDirectory& swarms) : pool_(pool), directory_(&swarms) {}

// In a hidden handshake the other side learns which swarm is meant only after its first answer.
bool PeerOpening::unanswered() const {
  return step_ == Step::greeting ? !heard_ : step_ == Step::hiding && !ciphers_;
}

std::string PeerOpening::words_for_hang_up() const {
  if (step_ == Step::securing) return swarm_->is_private ? kOtherSecret : kOtherHash;
  return unanswered() ? kNoAnswer : kHalfAnAnswer;
}

transfer::PeerWire PeerOpening::wire() const {
  using Protocol = transfer::PeerWire::Protocol;
  const bool stp = channel_ != nullptr;
  return {stp ? Protocol::stp : Protocol::bittorrent, met_by().v2, stp || payload_hidden_};
}

// An accepted connection may begin with any handshake; the channel's is the shortest.
std::size_t PeerOpening::wanted() const {
  if (step_ == Step::hiding) return kHiddenReadBytes;
  if (step_ == Step::securing) return wire::kHandshakeMessageBytes - input_.size();
  const bool bittorrent = !incoming() || wire::may_be_bt_handshake(input_);  // which no bytes may be, too
  return (bittorrent ? wire::kBtHandshakeBytes : crypto::Modp768Public::kSize) - input_.size();
}

Status PeerOpening::handle_input(ByteSpan bytes) {
  heard_ = heard_ || !bytes.empty();
  if (step_ == Step::hiding) return take_hidden(bytes);
  append(input_, bytes);
  return step_ == Step::greeting ? take_greeting() : take_handshake();
}

Bytes PeerOpening::take_output() {
  Bytes output = std::exchange(output_, {});
  if (channel_ == nullptr) return output;
  for (ByteSpan more = channel_->pending_output(); !more.empty(); more = channel_->pending_output()) {
    append(output, more);
    channel_->consume_output(more.size());
  }
  return output;
}

// --- BitTorrent's handshake

wire::BtHandshake PeerOpening::greeting(bool stp) const {
  wire::BtHandshake greeting;
  greeting.key = met_by().key;
  greeting.peer_id = swarm_->session;
  greeting.stp = stp;
  greeting.extensions = true;
  greeting.fast = true;
  greeting.dht = swarm_->has_dht;
  // Of something that has no v2 hash it would be wrong: libtorrent hangs up on it.
  greeting.v2 = swarm_->find_v2().has_value() && (upgrade_ || met_by().v2);
  return greeting;
}

Result<wire::BtHandshake> PeerOpening::read_greeting() {
  Result<wire::BtHandshake> theirs = wire::decode_bt_handshake(ByteSpan(input_).first(wire::kBtHandshakeBytes));
  if (!theirs) return theirs.error();
  const SwarmIdentity* const swarm = incoming() ? directory_->find(theirs->key) : swarm_;
  const std::optional<std::size_t> named = swarm == nullptr ? std::nullopt : swarm->find(theirs->key);
  upgraded_elsewhere_ = !incoming() && !named && greeting(false).v2 && !met_by().v2;
  // A hidden handshake has named the swarm before.
  if (!named || (swarm_ != nullptr && swarm != swarm_)) return refuse("it is in another swarm");
  // We called by one of the keys that we know; the answer is by the same, or by a better one.
  if (!incoming() && *named != access_ && !swarm->accesses[*named].v2) return refuse("it is in another swarm");
  swarm_ = swarm;
  const bool upgrade = incoming() && theirs->v2;
  access_ = upgrade ? swarm->find_v2().value_or(*named) : *named;
  theirs->v2 = met_by().v2;  // libtorrent does not set the bit where it calls by the v2 hash
  return theirs;
}

Status PeerOpening::take_greeting() {
  if (!wire::may_be_bt_handshake(input_)) {
    if (incoming()) return take_offer_or_hidden();
    return refuse("it does not speak BitTorrent's handshake (a private share?)");
  }
  if (incoming() && !directory_->has_public()) {
    return refuse("it speaks BitTorrent, but what is shared here is private");
  }
  if (input_.size() < wire::kBtHandshakeBytes) return Done{};
  const Result<wire::BtHandshake> theirs = read_greeting();
  if (!theirs) return theirs.error();
  // Before anything is said: stp calls again, hidden.
  if (swarm_->must_hide) return refuse("it speaks in the clear, and encryption is required");
  input_.clear();
  if (incoming()) append(output_, wire::encode(greeting(true)));
  if (theirs->stp) {
    start_channel();
    return Done{};
  }
  codec_ = std::make_unique<wire::BtCodec>(pool_, greeting(true), *theirs);
  step_ = Step::done;
  return Done{};
}

// What was accepted does not begin with BitTorrent's handshake. A channel's first message is all that its sender has to
// say for now; an encrypted connection begins with a longer one.
Status PeerOpening::take_offer_or_hidden() {
  if (input_.size() < wire::kHandshakeMessageBytes) return Done{};
  if (!std::exchange(tried_private_, true)) {
    swarm_ = directory_->find_private(ByteSpan(input_).first(wire::kHandshakeMessageBytes));
    if (swarm_ != nullptr) {
      step_ = Step::securing;
      return take_handshake();
    }
  }
  if (!directory_->has_public() || input_.size() == wire::kHandshakeMessageBytes) {
    return refuse(directory_->has_private()
                      ? "handshake: the other side does not know the key of any swarm that we are in"
                      : "it does not speak BitTorrent's handshake (a private share?)");
  }
  if (input_.size() < crypto::Modp768Public::kSize) return Done{};
  step_ = Step::hiding;
  const Bytes first = std::exchange(input_, {});
  return take_hidden(first);
}

// --- stp's channel

void PeerOpening::start_channel() {
  step_ = Step::securing;
  if (incoming()) return;  // then its offer comes first
  const crypto::X25519KeyPair ephemeral = crypto::X25519KeyPair::generate();
  use_channel(wire::Channel::initiator(pool_, met_by().psk, ephemeral, crypto::has_fast_aes()));
}

void PeerOpening::use_channel(wire::Channel channel) {
  auto owned = std::make_unique<wire::Channel>(std::move(channel));
  channel_ = owned.get();
  codec_ = std::move(owned);
}

Status PeerOpening::take_handshake() {
  if (input_.size() < wire::kHandshakeMessageBytes) return Done{};
  if (incoming()) {
    const crypto::X25519KeyPair ephemeral = crypto::X25519KeyPair::generate();
    use_channel(wire::Channel::responder(pool_, met_by().psk, ephemeral, crypto::has_fast_aes()));
  }
  if (const Result<std::size_t> taken = channel_->handle_bytes(input_); !taken) return taken.error();
  step_ = Step::done;
  return Done{};
}

// --- Message Stream Encryption

Status PeerOpening::take_hidden(ByteSpan bytes) {
  if (ciphers_) {
    const std::size_t before = input_.size();
    append(input_, bytes);
    if (ciphers_->receive) ciphers_->receive->apply(MutableByteSpan(input_).subspan(before));
    return take_hidden_greeting();
  }
  if (!hiding_) {
    append(input_, bytes);
    if (input_.size() < crypto::Modp768Public::kSize) return Done{};
    const auto find = [this](const crypto::Sha1Digest& name) -> std::optional<wire::MseHandshake::Swarm> {
      const std::optional<SwarmDirectory::Named> named = directory_->find_named(name);
      if (!named) return std::nullopt;
      return wire::MseHandshake::Swarm{named->key, !named->swarm->must_hide};
    };
    hiding_.emplace(wire::MseHandshake::responder(crypto::Modp768KeyPair::generate(), random_pad(), find));
    const Bytes first = std::exchange(input_, {});
    return take_hidden(first);
  }
  const Status status = hiding_->handle_input(bytes);
  append(output_, hiding_->take_output());
  if (!status || !hiding_->done()) return status;
  ciphers_ = hiding_->take_ciphers();
  payload_hidden_ = ciphers_->send && ciphers_->receive;
  input_ = hiding_->take_payload();
  if (incoming()) swarm_ = directory_->find(hiding_->key());
  if (swarm_ == nullptr) return refuse("it is in another swarm");
  return take_hidden_greeting();
}

Status PeerOpening::take_hidden_greeting() {
  if (input_.size() < wire::kBtHandshakeBytes) return Done{};
  const Result<wire::BtHandshake> theirs = read_greeting();
  if (!theirs) return theirs.error();
  if (incoming()) {
    auto answer = wire::encode(greeting(false));
    if (ciphers_->send) ciphers_->send->apply(answer);
    append(output_, answer);
  }
  auto codec = std::make_unique<wire::BtCodec>(pool_, greeting(false), *theirs, *std::move(ciphers_));
  codec->take_early(ByteSpan(input_).subspan(wire::kBtHandshakeBytes));
  codec_ = std::move(codec);
  input_.clear();
  step_ = Step::done;
  return Done{};
}

}  // namespace stp::net
