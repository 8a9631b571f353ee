#include "wire/frame.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "unit/wire/samples.h"
#include "wire/frame_rules.h"

namespace stp::wire {
namespace {

Bytes body_of(const Message& message) {
  Bytes frame;
  append_frame(frame, message);
  EXPECT_EQ(frame_bytes(message), frame.size());
  EXPECT_EQ(load_be<std::uint32_t>(frame.data()), frame.size() - kFramePrefixBytes);
  return {frame.begin() + kFramePrefixBytes, frame.end()};
}

Bytes data_body(const BlockRun& run, ByteSpan payload) {
  const auto header = encode_data_header(run, payload.size());
  Bytes body(header.size() - kFramePrefixBytes + payload.size());
  std::copy(header.begin() + kFramePrefixBytes, header.end(), body.begin());
  std::copy(payload.begin(), payload.end(), body.end() - static_cast<std::ptrdiff_t>(payload.size()));
  EXPECT_EQ(load_be<std::uint32_t>(header.data()), body.size());
  return body;
}

TEST(Frame, EveryMessageRoundTrips) {
  for (const Message& message : test::sample_messages()) {
    const Result<DecodedFrame> decoded = decode_frame(body_of(message));
    ASSERT_TRUE(decoded.ok()) << message.index() << ": " << decoded.error().message;
    ASSERT_TRUE(std::holds_alternative<Message>(*decoded)) << message.index();
    EXPECT_EQ(std::get<Message>(*decoded), message) << message.index();
  }
}

TEST(Frame, SamplesHaveEveryMessageType) {
  std::vector<bool> seen(std::variant_size_v<Message>);
  for (const Message& message : test::sample_messages()) seen[message.index()] = true;
  EXPECT_EQ(std::count(seen.begin(), seen.end(), true), static_cast<std::ptrdiff_t>(seen.size()));
}

TEST(Frame, EveryCutOfEveryMessageIsRefused) {
  for (const Message& message : test::sample_messages()) {
    const Bytes body = body_of(message);
    const std::size_t step = std::max<std::size_t>(1, body.size() / 50);
    for (std::size_t size = 0; size < body.size(); size += step) {
      EXPECT_FALSE(decode_frame(ByteSpan(body).first(size)).ok()) << message.index() << " cut to " << size;
    }
  }
}

TEST(Frame, AByteMoreIsRefused) {
  for (const Message& message : test::sample_messages()) {
    Bytes body = body_of(message);
    body.push_back(std::byte{0});
    EXPECT_FALSE(decode_frame(body).ok()) << message.index();
  }
}

TEST(Frame, LongestControlFrameFitsItsBound) {
  EXPECT_LE(body_of(BitfieldMessage{Bytes(kChunksMax / 8)}).size(), kControlFrameBytesMax);
}

TEST(Frame, LongTextsAreCutBetweenCharacters) {
  std::string agent(kAgentBytesMax - 1, 'a');
  agent += "\xc3\xa9 and more";  // é would be cut in half
  const Result<DecodedFrame> decoded = decode_frame(body_of(Hello{1, {}, 0, 0, agent}));
  ASSERT_TRUE(decoded.ok());
  EXPECT_EQ(std::get<Hello>(std::get<Message>(*decoded)).agent, std::string(kAgentBytesMax - 1, 'a'));
}

TEST(Frame, DataIsReadWithoutACopy) {
  Rng rng(3);
  for (int i = 0; i < 20; ++i) {
    const test::Chunkload load = test::random_chunkload(rng);
    const Bytes body = data_body(load.run, load.payload);
    const Result<DecodedFrame> decoded = decode_frame(body);
    ASSERT_TRUE(decoded.ok()) << decoded.error().message;
    const DataView& view = std::get<DataView>(*decoded);
    EXPECT_EQ(view.run, load.run);
    EXPECT_EQ(view.payload.data(), body.data() + body.size() - load.payload.size());
    EXPECT_EQ(view.payload.size(), load.payload.size());
  }
}

TEST(Frame, IntegersMayHaveAnyWidth) {
  // request [8, 1, 2, 3] with uint 64, uint 16 and a positive int 8
  const Result<DecodedFrame> decoded = decode_frame(from_hex("9408cf0000000000000001cd0002d003").value());
  ASSERT_TRUE(decoded.ok()) << decoded.error().message;
  EXPECT_EQ(std::get<Message>(*decoded), Message(Request{{ChunkIndex{1}, 2, 3}}));
}

TEST(Frame, UnknownTypeIsToldApart) {
  for (const char* const hex : {"9117", "92ccffc0", "9bcd0100c0c0c0c0"}) {
    const Result<DecodedFrame> decoded = decode_frame(from_hex(hex).value());
    ASSERT_TRUE(decoded.ok()) << hex;
    EXPECT_TRUE(std::holds_alternative<UnknownFrame>(*decoded)) << hex;
  }
}

struct Malformed {
  const char* name;
  const char* hex;
  ErrorKind kind;
  const char* says;
};

class MalformedFrame : public testing::TestWithParam<Malformed> {};

TEST_P(MalformedFrame, IsRefusedWithItsReason) {
  const Result<DecodedFrame> decoded = decode_frame(from_hex(GetParam().hex).value());
  ASSERT_FALSE(decoded.ok());
  EXPECT_EQ(decoded.error().kind, GetParam().kind) << decoded.error().message;
  EXPECT_NE(decoded.error().message.find(GetParam().says), std::string::npos) << decoded.error().message;
}

constexpr ErrorKind kMalformed = ErrorKind::malformed;
constexpr ErrorKind kLimit = ErrorKind::limit;

INSTANTIATE_TEST_SUITE_P(
    Table, MalformedFrame,
    testing::Values(Malformed{"Empty", "", kMalformed, "is empty"},                             //
                    Malformed{"NotAnArray", "08", kMalformed, "is not an array"},               //
                    Malformed{"Text", "a3616263", kMalformed, "is not an array"},               //
                    Malformed{"Nil", "c0", kMalformed, "nil"},                                  //
                    Malformed{"ReservedByte", "c1", kMalformed, "is not msgpack"},              //
                    Malformed{"EmptyArray", "90", kMalformed, "is an empty array"},             //
                    Malformed{"Map", "81a16101", kMalformed, "holds a map"},                    //
                    Malformed{"MapInside", "910580", kMalformed, "fields"},                     //
                    Malformed{"HugeArrayAnnounced", "ddffffffff", kMalformed, "is cut short"},  //
                    Malformed{"HugeArrayOfAKnownType", "ddffffffff06", kMalformed, "choke has 4294967294 fields"},
                    Malformed{"TypeIsText", "91a16a", kMalformed, "does not begin with a type"},                 //
                    Malformed{"TypeIsNegative", "91ff", kMalformed, "negative"},                                 //
                    Malformed{"TypeIsAnArray", "9191", kMalformed, "nested"},                                    //
                    Malformed{"TypeIsBoolean", "91c3", kMalformed, "does not begin with a type"},                //
                    Malformed{"FieldTooMany", "920601", kMalformed, "choke has 1 fields instead of 0"},          //
                    Malformed{"FieldTooFew", "93080102", kMalformed, "request has 2 fields instead of 3"},       //
                    Malformed{"FieldMissing", "94080102", kMalformed, "cut short"},                              //
                    Malformed{"TrailingByte", "910600", kMalformed, "followed by 1 more"},                       //
                    Malformed{"NestedField", "940801029103", kMalformed, "nested"},                              //
                    Malformed{"WrongKind", "94080102a103", kMalformed, "\"block count\" is of the wrong kind"},  //
                    Malformed{"NumberForBoolean", "920501", kMalformed, "\"interested\" is of the wrong kind"},  //
                    Malformed{"FloatForNumber", "9408ca3f8000000102", kMalformed, "floating-point"},             //
                    Malformed{"NegativeChunk", "9408ff0001", kMalformed, "negative"},                            //
                    Malformed{"ExtensionType", "9201d40101", kMalformed, "extension"},                           //
                    Malformed{"ChunkTooLarge", "9408ce002000000001", kLimit,
                              "request field \"chunk\" is 2097152, more than 2097151"},
                    Malformed{"ChunkOf64Bits", "9408cfffffffffffffffff0001", kLimit, "\"chunk\""},              //
                    Malformed{"NoBlocks", "9408010000", kMalformed, "asks for no blocks"},                      //
                    Malformed{"BlocksTooMany", "9408010041", kLimit, "\"block count\" is 65, more than 64"},    //
                    Malformed{"RunPastTheChunk", "940801cd03ff02", kLimit, "past the end"},                     //
                    Malformed{"FirstBlockTooLarge", "940801cd040001", kLimit, "\"first block\""},               //
                    Malformed{"RejectReasonUnknown", "950b01000104", kLimit, "\"reason\" is 4, more than 3"},   //
                    Malformed{"HugeBinaryAnnounced", "9201c6ffffffff", kMalformed, "cut short"},                //
                    Malformed{"HugeTextAnnounced", "931400dbffffffff", kMalformed, "cut short"},                //
                    Malformed{"HaveOfThreeBytes", "9204c403000001", kMalformed, "multiple of 4"},               //
                    Malformed{"HaveOfALargeChunk", "9204c40400200000", kLimit, "names chunk 2097152"},          //
                    Malformed{"PeersOfSixBytes", "9212c406c00002010050", kMalformed, "multiple of 18"},         //
                    Malformed{"HelloWithoutSession", "960001c4000000a0", kMalformed, "hello has an empty id"},  //
                    Malformed{"HelloWithALargePort", "960001c4140000000000000000000000000000000000000000ce00010000",
                              kLimit, "\"listen port\" is 65536"},                                     //
                    Malformed{"HashRequestWithoutRoot", "960cc40000000101", kMalformed, "empty id"},   //
                    Malformed{"MetainfoPartNumberTooLarge", "920fcd0100", kLimit, "\"part\" is 256"},  //
                    Malformed{"ByeReasonUnknown", "931407a0", kLimit, "\"reason\" is 7"},              //
                    Malformed{"DataWithoutPayload", "9509010001c400", kMalformed, "carries 0 bytes"},  //
                    Malformed{"DataOfNoBlocks", "9509010000c40101", kMalformed, "no blocks"},          //
                    Malformed{"DataTooShortForItsBlocks", "9509010002c40101", kMalformed, "do not fill 2 blocks"},
                    Malformed{"DataOfTooManyBlocks", "9509010011c40101", kLimit,
                              "\"block count\" is 17, more than 16"}),
    [](const auto& row) { return std::string(row.param.name); });

TEST(Frame, BinaryPastItsBoundIsRefused) {
  Bytes body = from_hex("931000c600010001").value();  // metainfo part of 64 KiB and one byte
  body.resize(body.size() + kMetainfoPartBytes + 1);
  const Result<DecodedFrame> decoded = decode_frame(body);
  ASSERT_FALSE(decoded.ok());
  EXPECT_EQ(decoded.error().kind, ErrorKind::limit);
}

TEST(Frame, HashesMustMatchTheirRequest) {
  const HashRequest request{test::filled<Hash256>(1), 0, 0, 4, 2};
  for (const std::size_t count : {3, 7}) {
    EXPECT_FALSE(decode_frame(body_of(Hashes{request, std::vector<Hash256>(count)})).ok()) << count;
  }
  for (const std::size_t count : {4, 5, 6}) {
    EXPECT_TRUE(decode_frame(body_of(Hashes{request, std::vector<Hash256>(count)})).ok()) << count;
  }
}

TEST(Frame, DataPayloadMustFillItsBlocks) {
  const BlockRun run{ChunkIndex{1}, 0, 2};
  Bytes body = data_body(run, Bytes(kBlockBytes + 1));
  EXPECT_TRUE(decode_frame(body).ok());
  store_be<std::uint32_t>(body.data() + 13, 1);  // says one block: the payload is one byte too long
  EXPECT_FALSE(decode_frame(body).ok());
  store_be<std::uint32_t>(body.data() + 13, 3);
  EXPECT_FALSE(decode_frame(body).ok());
}

TEST(Frame, RandomBytesNeverCrashAndNeverDecodeToSomethingThatDoesNotEncodeBack) {
  Rng rng(5);
  std::size_t decoded_count = 0;
  for (int i = 0; i < 200000; ++i) {
    Bytes body(1 + rng.below(24));
    rng.fill(body);
    // Likely starts, or nearly everything fails at the first byte.
    body[0] = static_cast<std::byte>(0x91 + rng.below(6));
    if (body.size() > 1) body[1] = static_cast<std::byte>(rng.below(kFrameRules.size()));
    for (std::size_t at = 2; at < body.size(); ++at) {
      if (rng.below(2) == 0) body[at] = static_cast<std::byte>(rng.below(64));
    }
    const Result<DecodedFrame> decoded = decode_frame(body);
    if (!decoded) continue;
    const auto* const message = std::get_if<Message>(&*decoded);
    if (message == nullptr) continue;
    ++decoded_count;
    const Result<DecodedFrame> again = decode_frame(body_of(*message));
    ASSERT_TRUE(again.ok());
    ASSERT_EQ(std::get<Message>(*again), *message);
  }
  EXPECT_GT(decoded_count, 100U);
}

}  // namespace
}  // namespace stp::wire
