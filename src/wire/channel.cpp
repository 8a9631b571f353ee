#include "wire/channel.h"

#include <algorithm>
#include <utility>

#include "wire/frame.h"
#include "wire/record.h"

namespace stp::wire {

Channel::Channel(BufferPool& pool, ChannelState state, const crypto::X25519KeyPair& ephemeral, bool fast_aes)
    : state_(state), ephemeral_(ephemeral), fast_aes_(fast_aes), stream_(pool), output_(pool) {}

Channel Channel::initiator(BufferPool& pool, const crypto::Psk& psk, const crypto::X25519KeyPair& ephemeral,
                           bool fast_aes) {
  Channel channel(pool, ChannelState::awaiting_choice, ephemeral, fast_aes);
  channel.initiator_.emplace(psk, ephemeral, fast_aes);
  channel.queue(channel.initiator_->make_offer());
  return channel;
}

Channel Channel::responder(BufferPool& pool, const crypto::Psk& psk, const crypto::X25519KeyPair& ephemeral,
                           bool fast_aes) {
  Channel channel(pool, ChannelState::awaiting_offer, ephemeral, fast_aes);
  channel.psk_ = psk;
  return channel;
}

Error Channel::fail(Error error) {
  state_ = ChannelState::failed;
  error_ = std::move(error);
  return *error_;
}

Status Channel::handle_input(std::size_t n) {
  stream_.commit(n);
  if (state_ == ChannelState::failed) {
    stream_.skip_raw(stream_.raw().size());
    return *error_;
  }
  if (state_ == ChannelState::established) return Done{};
  return handle_handshake();
}

Status Channel::handle_handshake() {
  if (stream_.raw().size() < kHandshakeMessageBytes) return Done{};
  const ByteSpan message = stream_.raw().first(kHandshakeMessageBytes);
  if (state_ == ChannelState::awaiting_choice) {
    const Result<ChannelKeys> keys = initiator_->read_choice(message);
    if (!keys) return fail(keys.error());
    establish(*keys);
  } else {
    const Result<HandshakeAnswer> answer = answer_offer(message, *psk_, ephemeral_, fast_aes_);
    if (!answer) return fail(answer.error());
    queue(answer->message);
    establish(answer->keys);
  }
  stream_.skip_raw(kHandshakeMessageBytes);
  return Done{};
}

void Channel::establish(const ChannelKeys& keys) {
  cipher_ = keys.cipher;
  transcript_ = keys.transcript;
  sealer_.emplace(keys.cipher, keys.send);
  stream_.start_records(RecordOpener(keys.cipher, keys.receive));
  // The secrets of the handshake are no longer needed; once gone, they can't be stolen (forward secrecy).
  ephemeral_ = {};
  psk_.reset();
  initiator_.reset();
  state_ = ChannelState::established;
}

Result<std::size_t> Channel::handle_bytes(ByteSpan bytes) {
  const MutableByteSpan room = prepare_input();
  const std::size_t taken = std::min(bytes.size(), room.size());
  std::copy_n(bytes.begin(), taken, room.begin());
  if (const Status status = handle_input(taken); !status) return status.error();
  return taken;
}

Result<std::optional<Frame>> Channel::poll_frame() {
  if (state_ == ChannelState::failed) return *error_;
  if (state_ != ChannelState::established) return std::optional<Frame>();
  Result<std::optional<Frame>> frame = stream_.poll();
  if (!frame) return fail(frame.error());
  return frame;
}

void Channel::send(const Message& message) {
  append_frame(gathered_, message);
  if (sealer_ && gathered_.size() >= kRecordPlaintextMax) seal_gathered();
}

void Channel::send_data(const BlockRun& run, ByteSpan payload) {
  STP_ASSERT(sealer_.has_value());
  // The header ends a record, so the payload is sealed directly into its place, in whole records.
  append(gathered_, encode_data_header(run, payload.size()));
  seal_gathered();
  while (!payload.empty()) {
    const ByteSpan part = payload.first(std::min(payload.size(), kRecordPlaintextMax));
    sealer_->seal(part, output_.append(part.size() + kRecordOverheadBytes));
    payload = payload.subspan(part.size());
  }
}

ByteSpan Channel::pending_output() {
  if (sealer_) seal_gathered();
  return output_.front();
}

void Channel::queue(ByteSpan bytes) {
  const MutableByteSpan room = output_.append(bytes.size());
  std::copy(bytes.begin(), bytes.end(), room.begin());
}

void Channel::seal_gathered() {
  ByteSpan rest = gathered_;
  while (!rest.empty()) {
    const ByteSpan part = rest.first(std::min(rest.size(), kRecordPlaintextMax));
    sealer_->seal(part, output_.append(part.size() + kRecordOverheadBytes));
    rest = rest.subspan(part.size());
  }
  gathered_.clear();
  // A long bitfield is rare; an idle connection should not keep the memory for one.
  if (gathered_.capacity() > kRecordPlaintextMax) Bytes().swap(gathered_);
}

void Channel::check_invariants() const {
  STP_ASSERT((state_ == ChannelState::failed) == error_.has_value());
  STP_ASSERT(state_ != ChannelState::established || sealer_.has_value());
  STP_ASSERT(!established() || (!psk_ && !initiator_));
  stream_.check_invariants();
  output_.check_invariants();
}

}  // namespace stp::wire
