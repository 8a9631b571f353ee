// The encrypted handshake (wire/mse.h): foreign bytes to either side; and, after a true beginning, so that what is
// encrypted is reached too.
#include <algorithm>
#include <cstdint>

#include "core/result.h"
#include "wire/mse.h"

using namespace stp;

namespace {

crypto::Modp768KeyPair pair(unsigned fill) {
  crypto::Modp768Private secret;
  std::ranges::fill(secret.mutable_span(), static_cast<std::byte>(fill));
  return crypto::Modp768KeyPair::from(secret);
}

const crypto::Modp768KeyPair kOurs = pair(1);
const crypto::Modp768KeyPair kTheirs = pair(2);

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 3) return 0;
  const ByteSpan input = std::as_bytes(std::span(data + 3, size - 3));
  const SwarmKey key{};
  const bool initiates = (data[0] & 1U) != 0;
  const bool plain = (data[0] & 2U) != 0;
  const auto find = [&](const crypto::Sha1Digest& name) {
    return name == wire::mse_name(key) ? std::optional(wire::MseHandshake::Swarm{key, plain}) : std::nullopt;
  };
  const Bytes pad(data[1]);
  wire::MseHandshake ours = initiates ? wire::MseHandshake::initiator({key, plain}, kOurs, pad, as_bytes("IA"))
                                      : wire::MseHandshake::responder(kOurs, pad, find);
  Bytes all;
  if ((data[0] & 4U) != 0) {
    // The true other side's bytes up to some point, then the input.
    wire::MseHandshake theirs = initiates ? wire::MseHandshake::responder(kTheirs, {}, find)
                                          : wire::MseHandshake::initiator({key, true}, kTheirs, {}, as_bytes("IA"));
    append(all, theirs.take_output());
    wire::MseHandshake copy = ours;
    (void)copy.handle_input(all);
    (void)theirs.handle_input(copy.take_output());
    append(all, theirs.take_output());
    all.resize(std::min<std::size_t>(all.size(), data[2] * std::size_t{2}));
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
    STP_ASSERT(plain || ciphers.send);
    STP_ASSERT(ours.take_payload().size() <= wire::kMseInitialBytesMax + at_a_time);
  }
  return 0;
}
