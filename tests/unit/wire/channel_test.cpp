#include "wire/channel.h"

#include <gtest/gtest.h>

#include "unit/wire/pair.h"
#include "unit/wire/samples.h"
#include "wire/record.h"

namespace stp::wire {
namespace {

using test::deliver;
using test::drain_output;
using test::key_pair;
using test::Pair;
using test::psk;
using test::Received;

class ChannelTest : public testing::Test {
 protected:
  BufferPool pool_;
};

TEST_F(ChannelTest, BothSidesAgreeOnCipherAndTranscript) {
  Pair pair(pool_);
  pair.shake_hands();
  EXPECT_EQ(pair.initiator.cipher(), crypto::Cipher::aes_256_gcm);
  EXPECT_EQ(pair.responder.cipher(), crypto::Cipher::aes_256_gcm);
  EXPECT_EQ(pair.initiator.transcript(), pair.responder.transcript());
  EXPECT_NE(pair.initiator.transcript(), Hash256{});
}

TEST_F(ChannelTest, AesIsChosenOnlyWhenFastOnBothSides) {
  for (const bool ours : {false, true}) {
    for (const bool theirs : {false, true}) {
      Pair pair(pool_);
      pair.initiator = Channel::initiator(pool_, psk('k'), key_pair('i'), ours);
      pair.responder = Channel::responder(pool_, psk('k'), key_pair('r'), theirs);
      pair.shake_hands();
      const auto expected = ours && theirs ? crypto::Cipher::aes_256_gcm : crypto::Cipher::chacha20_poly1305;
      EXPECT_EQ(pair.initiator.cipher(), expected);
      EXPECT_EQ(pair.responder.cipher(), expected);
    }
  }
}

TEST_F(ChannelTest, HandshakeIsTwoMessagesOf64Bytes) {
  Pair pair(pool_);
  const Bytes offer = drain_output(pair.initiator);
  EXPECT_EQ(offer.size(), 64U);
  Received nothing;
  deliver(pair.responder, offer, nothing);
  EXPECT_EQ(drain_output(pair.responder).size(), 64U);
}

TEST_F(ChannelTest, EveryMessageArrivesInBothDirectionsAndWithBothCiphers) {
  for (const bool fast_aes : {false, true}) {
    Pair pair(pool_, fast_aes);
    pair.shake_hands();
    for (const bool forth : {true, false}) {
      Channel& from = forth ? pair.initiator : pair.responder;
      Channel& to = forth ? pair.responder : pair.initiator;
      for (const Message& message : test::sample_messages()) from.send(message);
      Received received;
      deliver(to, drain_output(from), received);
      EXPECT_FALSE(received.error.has_value()) << received.error->message;
      EXPECT_EQ(received.messages, test::sample_messages());
    }
  }
}

TEST_F(ChannelTest, MessagesSealedBeforeTheHandshakeArriveAfterIt) {
  Pair pair(pool_);
  pair.initiator.send(HaveAll{});
  EXPECT_EQ(drain_output(pair.initiator).size(), 64U) << "the offer alone";
  pair = Pair(pool_);
  pair.initiator.send(HaveAll{});
  pair.responder.send(HaveNone{});
  Received at_responder;
  Received at_initiator;
  deliver(pair.responder, drain_output(pair.initiator), at_responder);
  deliver(pair.initiator, drain_output(pair.responder), at_initiator);
  deliver(pair.responder, drain_output(pair.initiator), at_responder);
  EXPECT_EQ(at_responder.messages, std::vector<Message>{HaveAll{}});
  EXPECT_EQ(at_initiator.messages, std::vector<Message>{HaveNone{}});
}

TEST_F(ChannelTest, SmallMessagesGatherInOneRecord) {
  Pair pair(pool_);
  pair.shake_hands();
  for (int i = 0; i < 10; ++i) pair.initiator.send(Choke{});
  EXPECT_EQ(pair.initiator.pending_output_bytes(), 10U * 6);
  EXPECT_EQ(drain_output(pair.initiator).size(), 10U * 6 + kRecordOverheadBytes);
  EXPECT_EQ(pair.initiator.pending_output_bytes(), 0U);
}

// The traffic of the tests that cut it: messages and data mixed, as one stream of bytes.
struct Traffic {
  std::vector<Message> messages;
  std::vector<std::pair<BlockRun, Bytes>> data;
  Bytes bytes;
};

Traffic traffic(Channel& from, Rng& rng, int frames) {
  Traffic sent;
  const std::vector<Message> samples = test::sample_messages();
  for (int i = 0; i < frames; ++i) {
    if (rng.below(3) == 0) {
      test::Chunkload load = test::random_chunkload(rng);
      from.send_data(load.run, load.payload);
      sent.data.emplace_back(load.run, std::move(load.payload));
    } else {
      sent.messages.push_back(samples[rng.below(samples.size())]);
      from.send(sent.messages.back());
    }
    if (rng.below(4) == 0) append(sent.bytes, drain_output(from));
  }
  append(sent.bytes, drain_output(from));
  return sent;
}

TEST_F(ChannelTest, BytesMayArriveInAnyPieces) {
  for (std::uint64_t seed = 0; seed < 12; ++seed) {
    Rng rng(seed);
    Pair pair(pool_, seed % 2 == 0);
    pair.shake_hands();
    const Traffic sent = traffic(pair.initiator, rng, 25);
    const std::uint64_t piece_max = std::uint64_t{1} << (seed + 8);
    Received received;
    deliver(pair.responder, sent.bytes, received, [&] { return 1 + rng.below(piece_max); });
    ASSERT_FALSE(received.error.has_value()) << received.error->message;
    EXPECT_EQ(received.messages, sent.messages);
    EXPECT_EQ(received.data, sent.data);
  }
  EXPECT_EQ(pool_.taken(), 0U);
}

TEST_F(ChannelTest, OneByteAtATimeWorksFromTheFirstByte) {
  Rng rng(1);
  Pair pair(pool_);
  Received at_initiator;
  Received at_responder;
  const auto one = [] { return 1; };
  deliver(pair.responder, drain_output(pair.initiator), at_responder, one);
  deliver(pair.initiator, drain_output(pair.responder), at_initiator, one);
  const Bytes payload(kBlockBytes, std::byte{3});
  pair.initiator.send(Interested{});
  pair.initiator.send_data({ChunkIndex{1}, 2, 1}, payload);
  pair.initiator.send(Choke{});
  deliver(pair.responder, drain_output(pair.initiator), at_responder, one);
  EXPECT_EQ(at_responder.messages, (std::vector<Message>{Interested{}, Choke{}}));
  ASSERT_EQ(at_responder.data.size(), 1U);
  EXPECT_EQ(at_responder.data[0].second, payload);
}

TEST_F(ChannelTest, DataIsDecryptedIntoAnAlignedPayload) {
  Pair pair(pool_);
  pair.shake_hands();
  const Bytes payload(kDataPayloadBytesMax, std::byte{9});
  pair.initiator.send_data({ChunkIndex{1}, 0, kDataBlocksMax}, payload);
  ByteSpan wire = pair.initiator.pending_output();
  while (!wire.empty()) {
    const Result<std::size_t> taken = pair.responder.handle_bytes(wire);
    ASSERT_TRUE(taken.ok());
    pair.initiator.consume_output(*taken);
    wire = pair.initiator.pending_output();
    const Result<std::optional<Frame>> frame = pair.responder.poll_frame();
    ASSERT_TRUE(frame.ok());
    if (!*frame) continue;
    const DataFrame& data = std::get<DataFrame>(**frame);
    EXPECT_EQ(reinterpret_cast<std::uintptr_t>(data.payload.data()) % kBufferAlignment, 0U);
    EXPECT_EQ(to_bytes(data.payload), payload);
    return;
  }
  FAIL() << "no frame";
}

TEST_F(ChannelTest, OutputStaysInPlaceWhileMoreIsSealed) {
  Pair pair(pool_);
  pair.shake_hands();
  pair.initiator.send(Choke{});
  const ByteSpan front = pair.initiator.pending_output();
  const Bytes before = to_bytes(front);
  Rng rng(2);
  for (int i = 0; i < 10; ++i) {
    const test::Chunkload load = test::random_chunkload(rng);
    pair.initiator.send_data(load.run, load.payload);
  }
  EXPECT_EQ(pair.initiator.pending_output().data(), front.data());
  EXPECT_EQ(to_bytes(front), before);
}

TEST_F(ChannelTest, ReadsMayBeUnderWayWhileFramesArePolled) {
  Pair pair(pool_);
  pair.shake_hands();
  pair.initiator.send(Choke{});
  Bytes wire = drain_output(pair.initiator);
  ASSERT_TRUE(pair.responder.handle_bytes(wire).ok());
  const MutableByteSpan room = pair.responder.prepare_input();  // the host asked the kernel to read here
  Received received;
  test::poll_all(pair.responder, received);
  pair.initiator.send(Unchoke{});
  wire = drain_output(pair.initiator);
  std::copy(wire.begin(), wire.end(), room.begin());
  ASSERT_TRUE(pair.responder.handle_input(wire.size()).ok());
  test::poll_all(pair.responder, received);
  EXPECT_EQ(received.messages, (std::vector<Message>{Choke{}, Unchoke{}}));
}

TEST_F(ChannelTest, IdleChannelHoldsNoBuffer) {
  Pair pair(pool_);
  pair.shake_hands();
  EXPECT_EQ(pool_.taken(), 0U);
  (void)pair.initiator.prepare_input();
  EXPECT_EQ(pool_.taken(), 1U);
  ASSERT_TRUE(pair.initiator.handle_input(0).ok());
  EXPECT_EQ(pool_.taken(), 0U);
}

TEST_F(ChannelTest, AChannelThatIsNotPolledHoldsAtMostTwoBuffers) {
  Pair pair(pool_);
  pair.shake_hands();
  Bytes wire;
  const Bytes payload(kDataPayloadBytesMax);
  for (int i = 0; i < 4; ++i) {
    pair.initiator.send_data({ChunkIndex{1}, 0, kDataBlocksMax}, payload);
    append(wire, drain_output(pair.initiator));
  }
  ByteSpan rest = wire;
  for (;;) {
    const Result<std::size_t> taken = pair.responder.handle_bytes(rest);
    ASSERT_TRUE(taken.ok());
    if (*taken == 0) break;
    rest = rest.subspan(*taken);
  }
  EXPECT_EQ(pool_.taken(), 1U);
  std::optional<Frame> kept = *pair.responder.poll_frame();
  ASSERT_TRUE(kept.has_value());
  EXPECT_LE(pool_.taken(), 3U) << "input, assembly, and the frame that we keep";
}

TEST_F(ChannelTest, WrongPskFailsOnTheFirstMessageAndGetsNoAnswer) {
  Channel initiator = Channel::initiator(pool_, psk('a'), key_pair('i'), true);
  Channel responder = Channel::responder(pool_, psk('b'), key_pair('r'), true);
  Received received;
  deliver(responder, drain_output(initiator), received);
  ASSERT_TRUE(received.error.has_value());
  EXPECT_EQ(received.error->kind, ErrorKind::denied);
  EXPECT_EQ(responder.state(), ChannelState::failed);
  EXPECT_TRUE(responder.pending_output().empty());
  EXPECT_FALSE(responder.handle_bytes(Bytes(10)).ok()) << "it stays failed";
  EXPECT_FALSE(responder.poll_frame().ok());
}

TEST_F(ChannelTest, ASideWithManyKeysFindsWhichOneIsMeant) {
  crypto::NoiseTrial trial = make_offer_trial();
  for (const char name : {'a', 'b', 'c', 'd'}) trial.add(psk(name));
  Channel initiator = Channel::initiator(pool_, psk('c'), key_pair('i'), true);
  EXPECT_EQ(trial.find(drain_output(initiator)), 2U);
  Channel stranger = Channel::initiator(pool_, psk('x'), key_pair('i'), true);
  EXPECT_EQ(trial.find(drain_output(stranger)), std::nullopt);
}

TEST_F(ChannelTest, EveryFlippedBitOfTheOfferFails) {
  Channel initiator = Channel::initiator(pool_, psk('k'), key_pair('i'), true);
  const Bytes offer = drain_output(initiator);
  for (std::size_t bit = 0; bit < offer.size() * 8; ++bit) {
    Channel responder = Channel::responder(pool_, psk('k'), key_pair('r'), true);
    Bytes changed = offer;
    changed[bit / 8] ^= static_cast<std::byte>(1U << (bit % 8));
    EXPECT_FALSE(responder.handle_bytes(changed).ok()) << bit;
  }
}

TEST_F(ChannelTest, EveryFlippedBitOfTheChoiceFails) {
  for (std::size_t bit = 0; bit < 64 * 8; ++bit) {
    Pair pair(pool_);
    Received nothing;
    deliver(pair.responder, drain_output(pair.initiator), nothing);
    Bytes choice = drain_output(pair.responder);
    choice[bit / 8] ^= static_cast<std::byte>(1U << (bit % 8));
    EXPECT_FALSE(pair.initiator.handle_bytes(choice).ok()) << bit;
  }
}

TEST_F(ChannelTest, EveryFlippedBitOfARecordFails) {
  for (const bool fast_aes : {false, true}) {
    // Two records, a message and one data block: every bit of the first and some of the second.
    std::size_t bits = 0;
    for (std::size_t bit = 0; bit == 0 || bit < bits; bit += bit < 400 ? 1 : 4099) {
      Pair pair(pool_, fast_aes);
      pair.shake_hands();
      pair.initiator.send_data({ChunkIndex{1}, 0, 1}, Bytes(kBlockBytes));
      Bytes wire = drain_output(pair.initiator);
      bits = wire.size() * 8;
      wire[bit / 8] ^= static_cast<std::byte>(1U << (bit % 8));
      Received received;
      deliver(pair.responder, wire, received);
      // A length that grew only waits for bytes that never come; what matters is that nothing is delivered.
      EXPECT_TRUE(received.messages.empty() && received.data.empty()) << bit;
      const std::size_t first_record_bits = (kDataHeaderBytes + kRecordOverheadBytes) * 8;
      if (bit >= kRecordPrefixBytes * 8 && bit < first_record_bits) {
        ASSERT_TRUE(received.error.has_value()) << bit;
        EXPECT_EQ(received.error->kind, ErrorKind::integrity);
      }
    }
  }
}

TEST_F(ChannelTest, ReplayedReorderedAndReflectedRecordsFail) {
  enum class Trick { replay, reorder, reflect };
  for (const Trick trick : {Trick::replay, Trick::reorder, Trick::reflect}) {
    Pair pair(pool_);
    pair.shake_hands();
    pair.initiator.send(Choke{});
    const Bytes first = drain_output(pair.initiator);
    pair.initiator.send(Unchoke{});
    const Bytes second = drain_output(pair.initiator);
    Received received;
    if (trick == Trick::replay) {
      deliver(pair.responder, first, received);
      EXPECT_FALSE(received.error.has_value());
      deliver(pair.responder, first, received);
    } else if (trick == Trick::reorder) {
      deliver(pair.responder, second, received);
    } else {
      deliver(pair.initiator, first, received);
    }
    ASSERT_TRUE(received.error.has_value());
    EXPECT_EQ(received.error->kind, ErrorKind::integrity);
  }
}

// What a peer that knows the key may send wrongly: records sealed with the initiator's real key.
class HostilePeer : public ChannelTest {
 protected:
  HostilePeer() : responder_(Channel::responder(pool_, psk('k'), key_pair('r'), true)) {
    HandshakeInitiator handshake(psk('k'), key_pair('i'), true);
    Received nothing;
    deliver(responder_, handshake.make_offer(), nothing);
    const Result<ChannelKeys> keys = handshake.read_choice(drain_output(responder_));
    sealer_.emplace(keys->cipher, keys->send);
  }
  Bytes record(ByteSpan plaintext) {
    Bytes sealed(plaintext.size() + kRecordOverheadBytes);
    sealer_->seal(plaintext, sealed);
    return sealed;
  }
  Received send(ByteSpan bytes) {
    Received received;
    deliver(responder_, bytes, received);
    return received;
  }
  void expect_error(const Received& received, ErrorKind kind, const char* says) {
    ASSERT_TRUE(received.error.has_value());
    EXPECT_EQ(received.error->kind, kind);
    EXPECT_NE(received.error->message.find(says), std::string::npos) << received.error->message;
    EXPECT_EQ(pool_.taken(), 0U);
  }

  Channel responder_;
  std::optional<RecordSealer> sealer_;
};

TEST_F(HostilePeer, LongRecordIsRefusedAtItsLength) {
  expect_error(send(from_hex("00010001").value()), ErrorKind::limit, "record of 65537 bytes");
}

TEST_F(HostilePeer, EmptyRecordIsRefused) {
  expect_error(send(Bytes(20)), ErrorKind::malformed, "empty record");
}

TEST_F(HostilePeer, LongFrameIsRefusedAtItsLength) {
  expect_error(send(record(from_hex("7fffffff").value())), ErrorKind::limit, "2147483647 bytes announced");
}

TEST_F(HostilePeer, EmptyFrameIsRefused) {
  expect_error(send(record(Bytes(4))), ErrorKind::malformed, "frame: is empty");
}

TEST_F(HostilePeer, MalformedFrameIsRefusedInOneRecordAndInMany) {
  expect_error(send(record(from_hex("00000001c1").value())), ErrorKind::malformed, "not msgpack");
}

TEST_F(HostilePeer, MalformedFrameInPiecesIsRefused) {
  Bytes bytes = record(from_hex("000000").value());
  append(bytes, record(from_hex("0293").value()));
  append(bytes, record(from_hex("c1").value()));
  expect_error(send(bytes), ErrorKind::malformed, "frame: ");
}

TEST_F(HostilePeer, FramesBeforeTheWrongOneStillArrive) {
  const Received received = send(record(from_hex("00000002910600000001c1").value()));
  EXPECT_EQ(received.messages, std::vector<Message>{Choke{}});
  expect_error(received, ErrorKind::malformed, "not msgpack");
}

TEST_F(HostilePeer, UnknownFramesAreSkipped) {
  const Received received = send(record(from_hex("000000029164"
                                                 "0000000492cc80c3"
                                                 "000000029107")
                                            .value()));
  EXPECT_FALSE(received.error.has_value());
  EXPECT_EQ(received.messages, std::vector<Message>{Unchoke{}});
}

TEST_F(HostilePeer, ALongUnknownFrameIsSkippedToo) {
  Bytes plaintext = from_hex(
                        "0001000092"
                        "cc80"
                        "c60000fff8")
                        .value();
  plaintext.resize(4 + 0x10000, std::byte{7});
  Bytes bytes = record(ByteSpan(plaintext).first(40000));
  append(bytes, record(ByteSpan(plaintext).subspan(40000)));
  append(bytes, record(from_hex("000000029107").value()));
  const Received received = send(bytes);
  EXPECT_FALSE(received.error.has_value());
  EXPECT_EQ(received.messages, std::vector<Message>{Unchoke{}});
}

TEST_F(HostilePeer, DataCutInAnyWayStillArrives) {
  Rng rng(8);
  for (int round = 0; round < 20; ++round) {
    const test::Chunkload load = test::random_chunkload(rng);
    const auto header = encode_data_header(load.run, load.payload.size());
    Bytes plaintext = from_hex("000000029106").value();  // choke, data, unchoke
    append(plaintext, header);
    append(plaintext, load.payload);
    append(plaintext, from_hex("000000029107").value());
    Bytes wire;
    ByteSpan rest = plaintext;
    while (!rest.empty()) {
      const std::size_t most =
          std::min<std::size_t>(rest.size(), round < 10 ? 100 + 4000 * round : kRecordPlaintextMax);
      const ByteSpan part = rest.first(1 + rng.below(most));
      append(wire, record(part));
      rest = rest.subspan(part.size());
    }
    const Received received = send(wire);
    ASSERT_FALSE(received.error.has_value()) << received.error->message;
    EXPECT_EQ(received.messages, (std::vector<Message>{Choke{}, Unchoke{}}));
    ASSERT_EQ(received.data.size(), 1U);
    EXPECT_EQ(received.data[0], std::make_pair(load.run, load.payload));
  }
}

}  // namespace
}  // namespace stp::wire
