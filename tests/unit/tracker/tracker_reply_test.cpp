#include "tracker/tracker_reply.h"

#include <gtest/gtest.h>

#include "unit/tracker/peers.h"

namespace stp::tracker {
namespace {

using std::chrono::minutes;
using std::chrono::seconds;
using test::peer4;
using test::peer6;

AnnounceReply sample_reply() {
  AnnounceReply reply{seconds(1800), seconds(900), {2, 3, 4}, {}, {}};
  peer4(1).append_compact(reply.peers);
  peer4(2, 80).append_compact(reply.peers);
  peer6(3).append_compact(reply.peers6);
  return reply;
}

TEST(TrackerReply, CompactFormIsTheOneOfTheDocument) {
  AnnounceReply reply{seconds(381), seconds(30), {1, 1, 0}, {}, {}};
  Endpoint::parse("192.0.2.1:6881")->append_compact(reply.peers);
  EXPECT_EQ(as_text(encode_announce_reply(reply, true)),
            std::string("d8:completei1e10:downloadedi0e10:incompletei1e8:intervali381e12:min intervali30e"
                        "5:peers6:\xc0") +
                std::string(1, '\0') +
                "\x02\x01\x1a\xe1"
                "e");
}

TEST(TrackerReply, SurvivesEncodingAndDecodingInBothForms) {
  for (const bool compact : {true, false}) {
    const Result<TrackerReply> reply = decode_announce_reply(encode_announce_reply(sample_reply(), compact));
    ASSERT_TRUE(reply.ok()) << reply.error().message;
    EXPECT_EQ(reply->failure, std::nullopt);
    EXPECT_EQ(reply->interval, seconds(1800));
    EXPECT_EQ(reply->min_interval, seconds(900));
    EXPECT_EQ(reply->complete, 2U);
    EXPECT_EQ(reply->incomplete, 3U);
    EXPECT_EQ(reply->peers, (std::vector<Endpoint>{peer4(1), peer4(2, 80), peer6(3)}));
  }
}

TEST(TrackerReply, ReadsAFailureWithItsRetry) {
  const Result<TrackerReply> plain = decode_announce_reply(encode_failure("go away"));
  ASSERT_TRUE(plain.ok());
  EXPECT_EQ(plain->failure, "go away");
  EXPECT_FALSE(plain->retry_never);
  EXPECT_EQ(plain->retry_in, std::nullopt);
  EXPECT_TRUE(decode_announce_reply(as_bytes("d14:failure reason1:x8:retry in5:nevere"))->retry_never);
  EXPECT_EQ(decode_announce_reply(as_bytes("d14:failure reason1:x8:retry ini7ee"))->retry_in, minutes(7));
  EXPECT_EQ(decode_announce_reply(as_bytes("d14:failure reason1:x8:retry ini-7ee"))->retry_in, std::nullopt);
}

TEST(TrackerReply, DropsPeersThatCannotBeDialled) {
  AnnounceReply reply;
  for (const Endpoint& peer : {peer4(1, 0), peer4(2), Endpoint{IpAddress(), 5}, Endpoint{IpAddress::v4(0xe0000001), 5},
                               Endpoint{IpAddress::v4(0xffffffff), 5}, peer4(2)}) {
    peer.append_compact(reply.peers);
  }
  Endpoint{IpAddress::v6({}), 7}.append_compact(reply.peers6);
  EXPECT_EQ(decode_announce_reply(encode_announce_reply(reply, true))->peers, std::vector<Endpoint>{peer4(2)});
}

TEST(TrackerReply, DictionariesWithoutAUsableAddressAreSkipped) {
  const std::string_view body =
      "d5:peersl"
      "d2:ip9:192.0.2.17:peer id3:abc4:porti5ee"
      "d2:ip11:example.org4:porti5ee"
      "d2:ip9:192.0.2.24:porti65536ee"
      "d2:ip9:192.0.2.34:porti-1ee"
      "d4:porti5ee"
      "3:abc"
      "d2:ip11:2001:db8::14:porti5ee"
      "ee";
  const Result<TrackerReply> reply = decode_announce_reply(as_bytes(body));
  ASSERT_TRUE(reply.ok()) << reply.error().message;
  EXPECT_EQ(reply->peers,
            (std::vector<Endpoint>{*Endpoint::parse("192.0.2.1:5"), *Endpoint::parse("[2001:db8::1]:5")}));
  EXPECT_EQ(reply->names, (std::vector<HostPort>{{"example.org", 5}})) << "to be looked up";
}

TEST(TrackerReply, NamesAreBoundedAndEachIsKeptOnce) {
  std::string body = "d5:peersl";
  for (int i = 0; i < 40; ++i) {
    const std::string name = "host" + std::to_string(i / 2) + ".example";
    body += "d2:ip" + std::to_string(name.size()) + ":" + name + "4:porti5ee";
  }
  body += "d2:ip3:a b4:porti5eed2:ip9:fe80::1%74:porti5eeee";
  const Result<TrackerReply> reply = decode_announce_reply(as_bytes(body));
  ASSERT_TRUE(reply.ok()) << reply.error().message;
  EXPECT_EQ(reply->names.size(), kReplyNamesMax);
  EXPECT_EQ(reply->names[1], (HostPort{"host1.example", 5}));
  EXPECT_EQ(reply->peers, std::vector<Endpoint>{*Endpoint::parse("[fe80::1]:5")}) << "a zone is another machine's";
}

TEST(TrackerReply, TheFirstValueCountsAndWhatIsAroundItDoesNot) {
  const std::string reply = "d8:intervali1800e5:peers6:" + std::string("\xc0\x00\x02\x01\x1a\xe1", 6) + "e";
  for (const std::string& body :
       {reply + "\n", reply + "\r\n\r\n", reply + "<!-- served in 3 ms -->", reply + reply, "\xef\xbb\xbf" + reply,
        "\r\n \t" + reply, "\xef\xbb\xbf\n" + reply + std::string(10, '\0')}) {
    const Result<TrackerReply> read = decode_announce_reply(as_bytes(body));
    ASSERT_TRUE(read.ok()) << read.error().message;
    EXPECT_EQ(read->interval, std::chrono::seconds(1800));
    EXPECT_EQ(read->peers, std::vector<Endpoint>{*Endpoint::parse("192.0.2.1:6881")});
  }
}

TEST(TrackerReply, APageForPeopleIsCalledSo) {
  for (const std::string_view body : {"<html>welcome to the hotel network</html>", "\xef\xbb\xbf<!DOCTYPE html>",
                                      "\n  <?xml version='1.0'?><html/>"}) {
    EXPECT_EQ(decode_announce_reply(as_bytes(body)).error().message, "an HTML page, not a tracker's reply");
  }
}

TEST(TrackerReply, KeepsABoundedNumberOfPeers) {
  AnnounceReply reply;
  for (std::uint32_t i = 0; i < 5'000; ++i) peer4(i + 1).append_compact(reply.peers);
  EXPECT_EQ(decode_announce_reply(encode_announce_reply(reply, true))->peers.size(), kReplyPeersMax);
  EXPECT_EQ(decode_announce_reply(encode_announce_reply(reply, false))->peers.size(), kReplyPeersMax);
}

TEST(TrackerReply, AcceptsUnsortedDictionariesAndNonsenseNumbers) {
  const Result<TrackerReply> reply =
      decode_announce_reply(as_bytes("d5:peers0:8:intervali-5e8:completei-1e10:incompletei99999999999ee"));
  ASSERT_TRUE(reply.ok()) << reply.error().message;
  EXPECT_EQ(reply->interval, std::nullopt);
  EXPECT_EQ(reply->complete, std::nullopt);
  EXPECT_EQ(reply->incomplete, std::nullopt);
}

TEST(TrackerReply, KeepsATrackerIdOfSensibleSizeAndAWarning) {
  EXPECT_EQ(as_text(decode_announce_reply(as_bytes("d10:tracker id3:abc15:warning message2:hie"))->tracker_id), "abc");
  EXPECT_EQ(decode_announce_reply(as_bytes("d15:warning message2:hie"))->warning, "hi");
  const std::string long_id = "d10:tracker id129:" + std::string(129, 'x') + "e";
  EXPECT_TRUE(decode_announce_reply(as_bytes(long_id))->tracker_id.empty());
}

struct BadReplyCase {
  const char* name;
  std::string_view body;
};
class BadReply : public ::testing::TestWithParam<BadReplyCase> {};

TEST_P(BadReply, IsRefused) {
  const Result<TrackerReply> reply = decode_announce_reply(as_bytes(GetParam().body));
  ASSERT_FALSE(reply.ok());
  EXPECT_EQ(reply.error().kind, ErrorKind::malformed);
  EXPECT_EQ(reply.error().message.rfind("tracker reply: ", 0), 0U);
}

constexpr BadReplyCase kBadReplies[] = {
    {"Empty", ""},
    {"Blanks", " \r\n "},
    {"NoDictionary", "le"},
    {"CutShort", "d8:intervali18"},
    {"PeersOfOddLength", "d5:peers7:aaaaaaae"},
    {"Peers6OfOddLength", "d6:peers66:aaaaaae"},
    {"PeersAreANumber", "d5:peersi5ee"},
    {"TooDeep", "d1:alllllllllleeeeeeeeee"},
};
INSTANTIATE_TEST_SUITE_P(Bodies, BadReply, ::testing::ValuesIn(kBadReplies),
                         [](const auto& row) { return row.param.name; });

TEST(TrackerReply, RefusesWhatIsTooLong) {
  const Bytes body(kReplyBytesMax + 1, std::byte{'d'});
  EXPECT_EQ(decode_announce_reply(body).error().kind, ErrorKind::limit);
}

TEST(ScrapeReply, IsTheDictionaryOfBep48) {
  SwarmKey key;
  key.bytes.fill(std::byte{'a'});
  EXPECT_EQ(as_text(encode_scrape_reply({{key, {5, 10, 50, 2}}})),
            "d5:filesd20:aaaaaaaaaaaaaaaaaaaad8:completei5e10:downloadedi50e11:downloadersi8e10:incompletei10eeee");
  EXPECT_EQ(as_text(encode_scrape_reply({})), "d5:filesdee");
}

}  // namespace
}  // namespace stp::tracker
