#include "wire/mse.h"

#include <algorithm>
#include <string>
#include <string_view>
#include <utility>

namespace stp::wire {
namespace {

constexpr std::uint32_t kPlain = 1;
constexpr std::uint32_t kRc4 = 2;
constexpr std::size_t kVcBytes = 8;
constexpr std::size_t kSkipBytes = 1024;  // of either stream

Error bad_handshake(const char* message) {
  return {ErrorKind::malformed, std::string("encrypted handshake: ") + message};
}

crypto::Sha1Digest digest(std::string_view label, ByteSpan first, ByteSpan second = {}) {
  Bytes bytes = to_bytes(label);
  append(bytes, first);
  append(bytes, second);
  return crypto::sha1(bytes);
}

crypto::Sha1Digest operator^(crypto::Sha1Digest a, const crypto::Sha1Digest& b) {
  for (std::size_t i = 0; i < a.size(); ++i) a[i] ^= b[i];
  return a;
}

template <class Unsigned>
void put(Bytes& out, Unsigned value) {
  out.resize(out.size() + sizeof value);
  store_be(out.data() + out.size() - sizeof value, value);
}

}  // namespace

crypto::Sha1Digest mse_name(const SwarmKey& key) {
  return digest("req2", key.bytes);
}

MseHandshake::MseHandshake(const crypto::Modp768KeyPair& pair, ByteSpan pad, bool initiates)
    : pair_(pair), initiates_(initiates) {
  STP_ASSERT(pad.size() <= kMsePadBytesMax);
  append(output_, pair_.public_key.bytes);
  append(output_, pad);
}

MseHandshake MseHandshake::initiator(const Swarm& swarm, const crypto::Modp768KeyPair& pair, ByteSpan pad,
                                     ByteSpan initial) {
  STP_ASSERT(initial.size() <= kMseInitialBytesMax);
  MseHandshake handshake(pair, pad, true);
  handshake.swarm_ = swarm;
  handshake.initial_ = to_bytes(initial);
  return handshake;
}

MseHandshake MseHandshake::responder(const crypto::Modp768KeyPair& pair, ByteSpan pad, Find find) {
  MseHandshake handshake(pair, pad, false);
  handshake.find_ = std::move(find);
  return handshake;
}

Status MseHandshake::handle_input(ByteSpan bytes) {
  STP_ASSERT(state_ != State::done);
  append(input_, bytes);
  while (state_ != State::done) {
    const Result<bool> went_on = step();
    if (!went_on) return went_on.error();
    if (!*went_on) break;
  }
  return Done{};
}

Result<bool> MseHandshake::step() {
  switch (state_) {
    case State::public_key: return take_public_key();
    case State::start: return take_start();
    case State::name: return take_name();
    case State::offer: return take_offer();
    case State::initial: return take_initial();
    case State::choice: return take_choice();
    case State::padding: return take_padding();
    case State::done: break;
  }
  return false;
}

Bytes MseHandshake::take_decrypted(std::size_t n) {
  Bytes bytes(input_.begin(), input_.begin() + static_cast<std::ptrdiff_t>(n));
  input_.erase(input_.begin(), input_.begin() + static_cast<std::ptrdiff_t>(n));
  ciphers_.receive->apply(bytes);
  return bytes;
}

void MseHandshake::send_encrypted(Bytes bytes) {
  ciphers_.send->apply(bytes);
  append(output_, bytes);
}

Result<bool> MseHandshake::skip_pad(ByteSpan mark) {
  const auto found = std::search(input_.begin(), input_.end(), mark.begin(), mark.end());
  const auto before = static_cast<std::size_t>(found - input_.begin());
  if (found == input_.end() && input_.size() < kMsePadBytesMax + mark.size()) return false;
  if (before > kMsePadBytesMax) return bad_handshake("it does not go on as it must");
  input_.erase(input_.begin(), found + static_cast<std::ptrdiff_t>(mark.size()));
  return true;
}

void MseHandshake::make_ciphers() {
  const crypto::Sha1Digest a = digest("keyA", shared_.span(), swarm_->key.bytes);
  const crypto::Sha1Digest b = digest("keyB", shared_.span(), swarm_->key.bytes);
  ciphers_.send.emplace(initiates_ ? a : b, kSkipBytes);
  ciphers_.receive.emplace(initiates_ ? b : a, kSkipBytes);
}

Result<bool> MseHandshake::take_public_key() {
  if (input_.size() < crypto::Modp768Public::kSize) return false;
  const auto theirs = crypto::Modp768Public::from(ByteSpan(input_).first(crypto::Modp768Public::kSize));
  const std::optional<crypto::Modp768Shared> shared = crypto::modp768(pair_.private_key, *theirs);
  if (!shared) return bad_handshake("its public key is none");
  shared_ = *shared;
  input_.erase(input_.begin(), input_.begin() + crypto::Modp768Public::kSize);
  if (initiates_) {
    make_ciphers();
    send_offer();
  }
  state_ = initiates_ ? State::choice : State::start;
  return true;
}

// --- the side that is connected to

Result<bool> MseHandshake::take_start() {
  const Result<bool> found = skip_pad(digest("req1", shared_.span()));
  if (found && *found) state_ = State::name;
  return found;
}

Result<bool> MseHandshake::take_name() {
  crypto::Sha1Digest name{};
  if (input_.size() < name.size()) return false;
  std::copy_n(input_.begin(), name.size(), name.begin());
  swarm_ = find_(name ^ digest("req3", shared_.span()));
  if (!swarm_) return Error{ErrorKind::not_found, "encrypted handshake: for a share that is not ours"};
  input_.erase(input_.begin(), input_.begin() + static_cast<std::ptrdiff_t>(name.size()));
  make_ciphers();
  state_ = State::offer;
  return true;
}

Result<bool> MseHandshake::take_offer() {
  if (pad_bytes_ == 0) {
    if (input_.size() < kVcBytes + 4 + 2) return false;
    const Bytes head = take_decrypted(kVcBytes + 4 + 2);
    if (std::ranges::any_of(ByteSpan(head).first(kVcBytes), [](std::byte b) { return b != std::byte{0}; })) {
      return bad_handshake("what it says can't be decrypted");
    }
    offered_ = load_be<std::uint32_t>(head.data() + kVcBytes);
    const std::size_t pad = load_be<std::uint16_t>(head.data() + kVcBytes + 4);
    if (pad > kMsePadBytesMax) return bad_handshake("its padding is too long");
    pad_bytes_ = pad + 2;  // and the length of what follows
  }
  if (input_.size() < pad_bytes_) return false;
  const Bytes pad = take_decrypted(pad_bytes_);
  initial_bytes_ = load_be<std::uint16_t>(pad.data() + pad.size() - 2);
  if (initial_bytes_ > kMseInitialBytesMax) return bad_handshake("its first message is too long");
  state_ = State::initial;
  return true;
}

Result<bool> MseHandshake::take_initial() {
  if (input_.size() < initial_bytes_) return false;
  const bool rc4 = !swarm_->plain || (offered_ & kPlain) == 0;
  if (rc4 && (offered_ & kRc4) == 0) {
    return Error{ErrorKind::unsupported, "encrypted handshake: it offers no encryption that we have"};
  }
  Bytes choice(kVcBytes);
  put<std::uint32_t>(choice, rc4 ? kRc4 : kPlain);
  put<std::uint16_t>(choice, 0);
  send_encrypted(std::move(choice));
  Bytes initial = take_decrypted(initial_bytes_);
  finish(rc4);
  input_.insert(input_.begin(), initial.begin(), initial.end());
  return true;
}

// --- the side that connects

void MseHandshake::send_offer() {
  append(output_, digest("req1", shared_.span()));
  append(output_, mse_name(swarm_->key) ^ digest("req3", shared_.span()));
  Bytes offer(kVcBytes);
  put<std::uint32_t>(offer, swarm_->plain ? kPlain | kRc4 : kRc4);
  put<std::uint16_t>(offer, 0);
  put<std::uint16_t>(offer, static_cast<std::uint16_t>(initial_.size()));
  append(offer, initial_);
  send_encrypted(std::move(offer));
}

Result<bool> MseHandshake::take_choice() {
  if (pad_bytes_ == 0) {
    crypto::Rc4 ahead = *ciphers_.receive;
    Bytes mark(kVcBytes);
    ahead.apply(mark);
    const Result<bool> found = skip_pad(mark);
    if (!found || !*found) return found;
    ciphers_.receive = ahead;
    pad_bytes_ = 4 + 2;
  }
  if (input_.size() < 4 + 2) return false;
  const Bytes choice = take_decrypted(4 + 2);
  const std::uint32_t chosen = load_be<std::uint32_t>(choice.data());
  if (chosen != kRc4 && (chosen != kPlain || !swarm_->plain)) {
    return Error{ErrorKind::unsupported, "encrypted handshake: it chooses what was not offered"};
  }
  chose_rc4_ = chosen == kRc4;
  pad_bytes_ = load_be<std::uint16_t>(choice.data() + 4);
  if (pad_bytes_ > kMsePadBytesMax) return bad_handshake("its padding is too long");
  state_ = State::padding;
  return true;
}

Result<bool> MseHandshake::take_padding() {
  if (input_.size() < pad_bytes_) return false;
  (void)take_decrypted(pad_bytes_);
  finish(chose_rc4_);
  return true;
}

void MseHandshake::finish(bool rc4) {
  state_ = State::done;
  if (rc4) {
    ciphers_.receive->apply(input_);
  } else {
    ciphers_ = {};
  }
}

}  // namespace stp::wire
