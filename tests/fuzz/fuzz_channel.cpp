// The receiving side of a channel (wire/channel.h), fed by a hostile peer. The first byte says which one:
//   even: a stranger: the bytes are the output of the socket, from the first one on;
//   odd:  a peer that knows the key: the bytes are the plaintext, cut into records as the second byte says. The
//         output must not depend on the cuts.
// Either is delivered in pieces as the third byte says.
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

Result<std::optional<wire::Frame>> poll(wire::Channel& channel) {
  return channel.poll_frame();
}
Result<std::optional<wire::Frame>> poll(wire::FrameStream& stream) {
  return stream.poll();
}

Result<std::size_t> take(wire::Channel& channel, ByteSpan bytes) {
  return channel.handle_bytes(bytes);
}
Result<std::size_t> take(wire::FrameStream& stream, ByteSpan bytes) {
  const MutableByteSpan room = stream.prepare();
  const std::size_t size = std::min(bytes.size(), room.size());
  std::copy_n(bytes.begin(), size, room.begin());
  stream.commit(size);
  return size;
}

// What a channel delivered, as frames again, and whether it ended in an error.
struct Delivered {
  Bytes frames;
  bool failed = false;
  bool operator==(const Delivered&) const = default;
};

// `source`: a Channel, or the FrameStream inside one, which spares the handshake.
template <class Source>
void poll_all(Source& source, Delivered& delivered) {
  for (;;) {
    Result<std::optional<wire::Frame>> frame = poll(source);
    source.check_invariants();
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

template <class Source>
Delivered deliver(Source& source, ByteSpan bytes, std::size_t piece_max) {
  Delivered delivered;
  Rng rng(piece_max);
  while (!bytes.empty() && !delivered.failed) {
    const ByteSpan piece = bytes.first(std::min<std::size_t>(bytes.size(), 1 + rng.below(piece_max)));
    const Result<std::size_t> taken = take(source, piece);
    if (!taken) {
      delivered.failed = true;
      break;
    }
    STP_ASSERT(*taken > 0);
    bytes = bytes.subspan(*taken);
    poll_all(source, delivered);
  }
  return delivered;
}

Delivered from_member(wire::BufferPool& pool, ByteSpan plaintext, std::size_t record_max, std::size_t piece_max) {
  const crypto::Key key;
  wire::RecordSealer sealer(crypto::Cipher::aes_256_gcm, key);
  Rng rng(record_max);
  Bytes sealed;
  while (!plaintext.empty()) {
    const ByteSpan part = plaintext.first(std::min<std::size_t>(plaintext.size(), 1 + rng.below(record_max)));
    const std::size_t at = sealed.size();
    sealed.resize(at + part.size() + wire::kRecordOverheadBytes);
    sealer.seal(part, MutableByteSpan(sealed).subspan(at));
    plaintext = plaintext.subspan(part.size());
  }
  wire::FrameStream stream(pool);
  stream.start_records(wire::RecordOpener(crypto::Cipher::aes_256_gcm, key));
  return deliver(stream, sealed, piece_max);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 3) return 0;
  const ByteSpan bytes = std::as_bytes(std::span(data, size)).subspan(3);
  const std::size_t record_max = std::size_t{1} << (data[1] % 17);
  const std::size_t piece_max = std::size_t{1} << (data[2] % 18);
  static wire::BufferPool pool;
  if (data[0] % 2 == 0) {
    static const crypto::X25519KeyPair ephemeral = key_pair('r');
    wire::Channel responder = wire::Channel::responder(pool, psk(), ephemeral, true);
    STP_ASSERT(deliver(responder, bytes, piece_max).frames.empty());
  } else {
    STP_ASSERT(from_member(pool, bytes, record_max, piece_max) ==
               from_member(pool, bytes, wire::kRecordPlaintextMax, wire::kBufferBytes));
  }
  STP_ASSERT(pool.taken() == 0);
  return 0;
}
