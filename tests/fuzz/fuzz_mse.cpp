// The encrypted handshake (wire/mse.h): foreign bytes to either side; and, after a true beginning, so that what is
// encrypted is reached too.
#include <algorithm>
#include <array>
#include <cstdint>
#include <optional>

#include "core/result.h"
#include "wire/mse.h"

using namespace stp;

namespace {

crypto::Modp768KeyPair pair(unsigned fill) {
  crypto::Modp768Private secret;
  secret.mutable_span().back() = static_cast<std::byte>(fill);  // short: the time is better spent on inputs
  return crypto::Modp768KeyPair::from(secret);
}

const crypto::Modp768KeyPair kOurs = pair(1);
const crypto::Modp768KeyPair kTheirs = pair(3);

/// A handshake that is tried: the fuzzer's choice of side, of what we want, and of padding.
struct Side {
  bool initiates;
  bool plain;
  std::uint8_t pad;

  [[nodiscard]] static auto find(bool plain) {
    return [plain](const crypto::Sha1Digest& name) {
      const SwarmKey key{};
      return name == wire::mse_name(key) ? std::optional(wire::MseHandshake::Swarm{key, plain}) : std::nullopt;
    };
  }
  [[nodiscard]] wire::MseHandshake ours() const {
    const Bytes padding(pad);
    return initiates ? wire::MseHandshake::initiator({SwarmKey{}, plain}, kOurs, padding, as_bytes("IA"))
                     : wire::MseHandshake::responder(kOurs, padding, find(plain));
  }
  /// All that a true other side would say. Computed once for each of the sides that there are.
  [[nodiscard]] const Bytes& true_answer() const {
    static std::array<Bytes, 1024> known;
    Bytes& all = known[pad * 4U + (initiates ? 2U : 0U) + (plain ? 1U : 0U)];
    if (!all.empty()) return all;
    wire::MseHandshake theirs = initiates
                                    ? wire::MseHandshake::responder(kTheirs, {}, find(plain))
                                    : wire::MseHandshake::initiator({SwarmKey{}, true}, kTheirs, {}, as_bytes("IA"));
    wire::MseHandshake us = ours();
    append(all, theirs.take_output());
    (void)us.handle_input(all);
    (void)theirs.handle_input(us.take_output());
    append(all, theirs.take_output());
    return all;
  }
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 3) return 0;
  const ByteSpan input = std::as_bytes(std::span(data + 3, size - 3));
  const Side side{(data[0] & 1U) != 0, (data[0] & 2U) != 0, data[1]};
  wire::MseHandshake ours = side.ours();
  Bytes all;
  if ((data[0] & 4U) != 0) {
    // The true other side's bytes up to some point, then the input.
    const Bytes& truth = side.true_answer();
    append(all, ByteSpan(truth).first(std::min<std::size_t>(truth.size(), data[2] * std::size_t{2})));
  }
  append(all, input);
  const std::size_t at_a_time = 1 + data[2];
  for (std::size_t at = 0; at < all.size() && !ours.done(); at += at_a_time) {
    const ByteSpan rest = ByteSpan(all).subspan(at);
    if (const Status status = ours.handle_input(rest.first(std::min(rest.size(), at_a_time))); !status) {
      STP_ASSERT(!status.error().message.empty());
      return 0;
    }
    STP_ASSERT(ours.take_output().size() <= 2000);
  }
  if (ours.done()) {
    const wire::MseCiphers ciphers = ours.take_ciphers();
    STP_ASSERT(ciphers.send.has_value() == ciphers.receive.has_value());
    STP_ASSERT(side.plain || ciphers.send);
    STP_ASSERT(ours.take_payload().size() <= wire::kMseInitialBytesMax + at_a_time);
  }
  return 0;
}
