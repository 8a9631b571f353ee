// The receiving side of a channel (wire/channel.h), fed by a hostile peer. The first byte says which one:
//   even: a stranger: the bytes are what comes out of the socket, from the first one on;
//   odd:  a peer that knows the key: the bytes are the plaintext, cut into records as the second byte says and
//   delivered in
//         pieces as the third says. What comes out must not depend on the cuts.
#include <algorithm>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "core/result.h"
#include "core/rng.h"
#include "wire/channel.h"
#include "wire/record.h"

using namespace stp;

namespace {

crypto::X25519KeyPair key_pair(char fill) {
  return crypto::X25519KeyPair::from(*crypto::X25519Private::from(as_bytes(std::string(32, fill))));
}
const crypto::Psk& psk() {
  static const crypto::Psk key = *crypto::Psk::from(as_bytes(std::string(32, 'k')));
  return key;
}

// What a channel delivered, as frames again, and whether it ended in an error.
struct Delivered {
  Bytes frames;
  bool failed = false;
  bool operator==(const Delivered&) const = default;
};

void poll_all(wire::Channel& channel, Delivered& delivered) {
  for (;;) {
    Result<std::optional<wire::Frame>> frame = channel.poll_frame();
    channel.check_invariants();
    if (!frame) delivered.failed = true;
    if (!frame || !*frame) return;
    if (const auto* const message = std::get_if<wire::Message>(&**frame)) {
      wire::append_frame(delivered.frames, *message);
    } else {
      const auto& data = std::get<wire::DataFrame>(**frame);
      append(delivered.frames, wire::encode_data_header(data.run, data.payload.size()));
      append(delivered.frames, data.payload);
    }
  }
}

void deliver(wire::Channel& channel, ByteSpan bytes, std::size_t piece_max, Delivered& delivered) {
  Rng rng(piece_max);
  while (!bytes.empty() && !delivered.failed) {
    const ByteSpan piece = bytes.first(std::min<std::size_t>(bytes.size(), 1 + rng.below(piece_max)));
    const Result<std::size_t> taken = channel.handle_bytes(piece);
    if (!taken) {
      delivered.failed = true;
      return;
    }
    STP_ASSERT(*taken > 0);
    bytes = bytes.subspan(*taken);
    poll_all(channel, delivered);
  }
}

Delivered from_member(wire::BufferPool& pool, ByteSpan plaintext, std::size_t record_max, std::size_t piece_max) {
  static const crypto::X25519KeyPair ours = key_pair('r');
  static const crypto::X25519KeyPair theirs = key_pair('i');
  wire::Channel channel = wire::Channel::responder(pool, {psk()}, ours, true);
  wire::HandshakeInitiator handshake(psk(), theirs, true);
  STP_ASSERT(channel.handle_bytes(handshake.make_offer()).ok());
  const Result<wire::ChannelKeys> keys = handshake.read_choice(channel.pending_output());
  STP_ASSERT(keys.ok());
  wire::RecordSealer sealer(keys->cipher, keys->send);
  Rng rng(record_max);
  Bytes sealed;
  while (!plaintext.empty()) {
    const ByteSpan part = plaintext.first(std::min<std::size_t>(plaintext.size(), 1 + rng.below(record_max)));
    const std::size_t at = sealed.size();
    sealed.resize(at + part.size() + wire::kRecordOverheadBytes);
    sealer.seal(part, MutableByteSpan(sealed).subspan(at));
    plaintext = plaintext.subspan(part.size());
  }
  Delivered delivered;
  deliver(channel, sealed, piece_max, delivered);
  return delivered;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 3) return 0;
  const ByteSpan bytes = std::as_bytes(std::span(data, size)).subspan(3);
  const std::size_t record_max = std::size_t{1} << (data[1] % 17);
  const std::size_t piece_max = std::size_t{1} << (data[2] % 18);
  wire::BufferPool pool(4);
  if (data[0] % 2 == 0) {
    Delivered delivered;
    wire::Channel responder = wire::Channel::responder(pool, {psk()}, key_pair('r'), true);
    deliver(responder, bytes, piece_max, delivered);
    STP_ASSERT(delivered.frames.empty());
    return 0;
  }
  STP_ASSERT(from_member(pool, bytes, record_max, piece_max) ==
             from_member(pool, bytes, wire::kRecordPlaintextMax, wire::kBufferBytes));
  STP_ASSERT(pool.taken() == 0);
  return 0;
}
