#include "wire/mse.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/rng.h"
#include "unit/wire/samples.h"

namespace stp::wire {
namespace {

using test::filled;

const SwarmKey kSwarm = filled<SwarmKey>(3);

crypto::Modp768KeyPair pair(unsigned fill) {
  crypto::Modp768Private secret;
  std::ranges::fill(secret.mutable_span(), static_cast<std::byte>(fill));
  return crypto::Modp768KeyPair::from(secret);
}

MseHandshake connecting(ByteSpan initial, bool plain, std::size_t pad = 0) {
  return MseHandshake::initiator({kSwarm, plain}, pair(1), Bytes(pad, std::byte{9}), initial);
}
MseHandshake accepting(bool plain, std::size_t pad = 0) {
  return MseHandshake::responder(
      pair(2), Bytes(pad, std::byte{8}), [plain](const crypto::Sha1Digest& name) -> std::optional<MseHandshake::Swarm> {
        return name == mse_name(kSwarm) ? std::optional(MseHandshake::Swarm{kSwarm, plain}) : std::nullopt;
      });
}

/// Carries bytes between both until neither has more to say, `at_a_time` bytes each.
Status shake_hands(MseHandshake& a, MseHandshake& b, std::size_t at_a_time) {
  const auto carry = [at_a_time](MseHandshake& from, MseHandshake& to) -> Result<bool> {
    const Bytes bytes = from.take_output();
    for (std::size_t at = 0; at < bytes.size() && !to.done(); at += at_a_time) {
      const ByteSpan rest = ByteSpan(bytes).subspan(at);
      if (const Status status = to.handle_input(rest.first(std::min(rest.size(), at_a_time))); !status) {
        return status.error();
      }
    }
    return !bytes.empty();
  };
  for (bool more = true; more;) {
    const Result<bool> forth = carry(a, b);
    if (!forth) return forth.error();
    const Result<bool> back = carry(b, a);
    if (!back) return back.error();
    more = *forth || *back;
  }
  return Done{};
}

TEST(Mse, BothSidesAgreeWithAnyPaddingAndInAnyPieces) {
  Rng rng(1);
  for (int i = 0; i < 60; ++i) {
    const bool plain = rng.below(2) == 0;
    MseHandshake a = connecting(as_bytes("hello"), plain, rng.below(kMsePadBytesMax + 1));
    MseHandshake b = accepting(rng.below(2) == 0 || plain, rng.below(kMsePadBytesMax + 1));
    ASSERT_TRUE(shake_hands(a, b, 1 + rng.below(300)));
    ASSERT_TRUE(a.done() && b.done());
    EXPECT_EQ(b.key(), kSwarm);
    EXPECT_EQ(as_text(b.take_payload()), "hello");
    EXPECT_TRUE(a.take_payload().empty());
    MseCiphers ours = a.take_ciphers();
    MseCiphers theirs = b.take_ciphers();
    EXPECT_EQ(ours.send.has_value(), theirs.receive.has_value());
    EXPECT_EQ(ours.send.has_value(), !plain);  // in the clear where both permit it
    if (!ours.send) continue;
    for (int turn = 0; turn < 3; ++turn) {
      Bytes text = to_bytes("to and fro");
      ours.send->apply(text);
      EXPECT_NE(as_text(text), "to and fro");
      theirs.receive->apply(text);
      EXPECT_EQ(as_text(text), "to and fro");
      theirs.send->apply(text);
      ours.receive->apply(text);
      EXPECT_EQ(as_text(text), "to and fro");
    }
  }
}

TEST(Mse, NothingInTheClearNamesTheSwarm) {
  MseHandshake a = connecting(kSwarm.bytes, false);
  MseHandshake b = accepting(false);
  Bytes all = a.take_output();
  ASSERT_TRUE(b.handle_input(all));
  ASSERT_TRUE(a.handle_input(b.take_output()));
  append(all, a.take_output());
  EXPECT_EQ(as_text(all).find(as_text(kSwarm.bytes)), std::string_view::npos);
  EXPECT_EQ(as_text(all).find(as_text(mse_name(kSwarm))), std::string_view::npos);
}

TEST(Mse, WhoMustHideIsNotTalkedOutOfIt) {
  for (const bool a_must : {true, false}) {
    MseHandshake a = connecting({}, !a_must);
    MseHandshake b = accepting(a_must);
    ASSERT_TRUE(shake_hands(a, b, 1000));
    EXPECT_TRUE(a.take_ciphers().send && b.take_ciphers().send);
  }
}

TEST(Mse, AnotherSwarmIsRefused) {
  MseHandshake a = MseHandshake::initiator({filled<SwarmKey>(4), true}, pair(1), {}, {});
  MseHandshake b = accepting(true);
  const Status status = shake_hands(a, b, 1000);
  ASSERT_FALSE(status);
  EXPECT_EQ(status.error().kind, ErrorKind::not_found);
}

TEST(Mse, ForeignBytesEndIt) {
  // A public key that makes the secret predictable.
  for (const unsigned value : {0U, 1U}) {
    Bytes key(crypto::Modp768Public::kSize);
    key.back() = static_cast<std::byte>(value);
    EXPECT_FALSE(accepting(true).handle_input(key));
  }
  EXPECT_FALSE(accepting(true).handle_input(Bytes(crypto::Modp768Public::kSize, std::byte{0xff})));
  // Random bytes instead of what must come within a pad.
  Rng rng(2);
  for (const bool initiates : {true, false}) {
    MseHandshake handshake = initiates ? connecting({}, true) : accepting(true);
    ASSERT_TRUE(handshake.handle_input(pair(5).public_key.bytes));
    Bytes noise(kMsePadBytesMax + 100);
    rng.fill(noise);
    const Status status = handshake.handle_input(noise);
    ASSERT_FALSE(status);
    EXPECT_EQ(status.error().kind, ErrorKind::malformed);
  }
}

TEST(Mse, WhatFollowsTheHandshakeIsPayload) {
  MseHandshake a = connecting(as_bytes("IA"), false);
  MseHandshake b = accepting(false);
  ASSERT_TRUE(b.handle_input(a.take_output()));
  ASSERT_TRUE(a.handle_input(b.take_output()));
  const Bytes offer = a.take_output();
  ASSERT_TRUE(b.handle_input(offer));
  ASSERT_TRUE(b.done());
  Bytes choice = b.take_output();
  MseCiphers theirs = b.take_ciphers();
  Bytes more = to_bytes("early");
  theirs.send->apply(more);
  append(choice, more);
  ASSERT_TRUE(a.handle_input(choice));
  ASSERT_TRUE(a.done());
  EXPECT_EQ(as_text(a.take_payload()), "early");
}

}  // namespace
}  // namespace stp::wire
