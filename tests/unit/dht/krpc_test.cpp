#include "dht/krpc.h"

#include <gtest/gtest.h>

#include <map>

#include "vectors.h"

namespace stp::dht {
namespace {

constexpr std::string_view kAbc = "abcdefghij0123456789";
constexpr std::string_view kMno = "mnopqrstuvwxyz123456";

NodeId id(std::string_view text) {
  return *NodeId::from(as_bytes(text));
}

Result<Message> read(std::string_view datagram) {
  bencode::Document scratch;
  return decode(as_bytes(datagram), scratch);
}
Query read_query(std::string_view datagram) {
  const Result<Message> message = read(datagram);
  EXPECT_TRUE(message.ok()) << datagram;
  return std::get<Query>(message->body);
}
Reply read_reply(const std::string& results) {
  const Result<Message> message = read("d1:rd" + results + "e1:t2:aa1:y1:re");
  EXPECT_TRUE(message.ok());
  return std::get<Reply>(message->body);
}

std::map<std::string, std::string> packets() {
  const auto rows = test::read_vectors("krpc_bep5.txt");
  return {rows.begin(), rows.end()};
}

TEST(Krpc, ReadsTheExamplePing) {
  const Result<Message> message = read(packets().at("ping"));
  ASSERT_TRUE(message.ok());
  EXPECT_EQ(as_text(message->transaction.span()), "aa");
  const Query& query = std::get<Query>(message->body);
  EXPECT_EQ(query.method, Method::ping);
  EXPECT_EQ(query.sender, id(kAbc));
  EXPECT_FALSE(query.read_only);
}

TEST(Krpc, ReadsTheExampleReply) {
  const Result<Message> message = read(packets().at("pong"));
  ASSERT_TRUE(message.ok());
  EXPECT_EQ(std::get<Reply>(message->body).sender, id(kMno));
}

TEST(Krpc, ReadsTheExampleFindNodeAndGetPeers) {
  const Query find = read_query(packets().at("find_node"));
  EXPECT_EQ(find.method, Method::find_node);
  EXPECT_EQ(find.target, id(kMno));
  const Query get = read_query(packets().at("get_peers"));
  EXPECT_EQ(get.method, Method::get_peers);
  EXPECT_EQ(get.target, id(kMno));
}

TEST(Krpc, ReadsTheExampleAnnouncePeer) {
  const Query query = read_query(packets().at("announce_peer"));
  EXPECT_EQ(query.method, Method::announce_peer);
  EXPECT_EQ(query.target, id(kMno));
  EXPECT_EQ(as_text(query.token.span()), "aoeusnth");
  EXPECT_EQ(query.port, 6881);
  EXPECT_TRUE(query.implied_port);
}

TEST(Krpc, ReadsTheExampleError) {
  const Result<Message> message = read(packets().at("error"));
  ASSERT_TRUE(message.ok());
  EXPECT_EQ(std::get<Fault>(message->body), (Fault{201, "A Generic Error Ocurred"}));
}

TEST(Krpc, EncodesTheExamplePacketsWithOurVersionAdded) {
  for (const auto& [name, packet] : packets()) {
    const Result<Message> message = read(packet);
    ASSERT_TRUE(message.ok()) << name;
    std::string expected = packet;
    expected.insert(expected.rfind("1:y1:"), "1:v4:tp\x00\x01", 9);
    EXPECT_EQ(as_text(encode(*message)), expected) << name;
  }
}

TEST(Krpc, DecodingUndoesEncoding) {
  Reply reply;
  reply.sender = id(kAbc);
  reply.nodes = {{id(kMno), *Endpoint::parse("1.2.3.4:5")}};
  reply.nodes6 = {{id(kAbc), *Endpoint::parse("[2001:db8::7]:9")}};
  reply.values = {*Endpoint::parse("9.8.7.6:54"), *Endpoint::parse("[2001:db8::8]:10")};
  reply.token = Token::from(as_bytes("tok"));
  reply.scrape.emplace().seeds.insert(*IpAddress::parse("1.2.3.4"));
  Query announce;
  announce.method = Method::announce_peer;
  announce.sender = id(kAbc);
  announce.target = id(kMno);
  announce.port = 80;
  announce.seed = true;
  announce.token = *Token::from(as_bytes("t"));
  announce.read_only = true;
  Query get;
  get.method = Method::get_peers;
  get.sender = id(kAbc);
  get.target = id(kMno);
  get.want_v4 = get.want_v6 = true;
  get.no_seeds = get.scrape = true;
  const TransactionId transaction = *TransactionId::from(as_bytes("xy"));
  const Message messages[] = {{transaction, Endpoint::parse("1.1.1.1:1"), reply},
                              {transaction, Endpoint::parse("[::1]:1"), Fault{203, "no"}},
                              {transaction, std::nullopt, announce},
                              {transaction, std::nullopt, get}};
  for (const Message& message : messages) {
    const Result<Message> again = read(as_text(encode(message)));
    ASSERT_TRUE(again.ok());
    EXPECT_EQ(*again, message);
  }
}

TEST(Krpc, DecidesByYEvenWhenAnErrorCarriesResults) {
  const Result<Message> message = read("d1:eli203e3:bade1:rd2:id20:mnopqrstuvwxyz123456e1:t2:aa1:y1:ee");
  ASSERT_TRUE(message.ok());
  EXPECT_EQ(std::get<Fault>(message->body).code, 203);
}

TEST(Krpc, ReadsUnsortedDictionaries) {
  const Query query = read_query("d1:y1:q1:t2:aa1:q4:ping1:ad2:id20:abcdefghij0123456789ee");
  EXPECT_EQ(query.method, Method::ping);
}

TEST(Krpc, ReadsUnknownMethodsWithATargetAsFindNode) {
  const Query by_target =
      read_query("d1:ad2:id20:abcdefghij01234567896:target20:mnopqrstuvwxyz123456e1:q3:get1:t2:aa1:y1:qe");
  EXPECT_EQ(by_target.method, Method::find_node);
  EXPECT_EQ(by_target.target, id(kMno));
  const Query by_hash =
      read_query("d1:ad2:id20:abcdefghij01234567899:info_hash20:mnopqrstuvwxyz123456e1:q4:vote1:t2:aa1:y1:qe");
  EXPECT_EQ(by_hash.method, Method::find_node);
  EXPECT_EQ(by_hash.target, id(kMno));
}

TEST(Krpc, ReadsAQueryThatWouldStoreSomethingAsUnknown) {
  const auto method = [](const std::string& arguments, const char* name) {
    return read_query("d1:ad2:id20:abcdefghij0123456789" + arguments + "e1:q" + name + "1:t2:aa1:y1:qe").method;
  };
  const std::string target = "6:target20:mnopqrstuvwxyz123456";
  EXPECT_EQ(method(target, "3:put"), Method::unknown);
  EXPECT_EQ(method(target + "5:token1:x1:v5:hello", "3:put"), Method::unknown);
  EXPECT_EQ(method("9:info_hash20:mnopqrstuvwxyz1234565:token1:x", "5:store"), Method::unknown);
  EXPECT_EQ(method(target + "5:tokeni1e", "5:store"), Method::unknown);
}

TEST(Krpc, ReadsNoseedAndScrape) {
  const auto get = [](const std::string& more) {
    return read_query("d1:ad2:id20:abcdefghij01234567899:info_hash20:mnopqrstuvwxyz123456" + more +
                      "e1:q9:get_peers1:t2:aa1:y1:qe");
  };
  EXPECT_FALSE(get("").no_seeds || get("").scrape);
  EXPECT_TRUE(get("6:noseedi1e").no_seeds);
  EXPECT_TRUE(get("6:scrapei1e").scrape);
  EXPECT_FALSE(get("6:noseedi0e6:scrapei0e").no_seeds || get("6:noseedi0e6:scrapei0e").scrape);
  EXPECT_FALSE(get("6:noseed1:1").no_seeds);
}

// libtorrent's reading: the port has to be there, and is looked at only if it counts.
TEST(Krpc, AnImpliedPortNeedsAPortThatMayBeAnything) {
  const auto announce = [](const std::string& port) {
    return read("d1:ad2:id20:abcdefghij012345678912:implied_porti1e9:info_hash20:mnopqrstuvwxyz123456" + port +
                "5:token1:xe1:q13:announce_peer1:t2:aa1:y1:qe");
  };
  for (const char* port : {"4:porti0e", "4:porti70000e", "4:porti-1e", "4:porti6881e"}) {
    const Result<Message> message = announce(port);
    ASSERT_TRUE(message.ok());
    ASSERT_TRUE(std::holds_alternative<Query>(message->body)) << port;
    EXPECT_TRUE(std::get<Query>(message->body).implied_port);
  }
  EXPECT_EQ(std::get<Query>(announce("4:porti6881e")->body).port, 6881);
  EXPECT_TRUE(std::holds_alternative<BadQuery>(announce("")->body));
  EXPECT_TRUE(std::holds_alternative<BadQuery>(announce("4:port4:6881")->body));
}

TEST(Krpc, KeepsTransactionIdsOfUpTo64Bytes) {
  for (const std::size_t size : {0U, 1U, 33U, 64U}) {
    const std::string id = std::string(size, 'x');
    const Result<Message> message =
        read("d1:ad2:id20:abcdefghij0123456789e1:q4:ping1:t" + std::to_string(size) + ":" + id + "1:y1:qe");
    ASSERT_TRUE(message.ok()) << size;
    EXPECT_EQ(as_text(message->transaction.span()), id);
  }
}

TEST(Krpc, KeepsUnknownMethodsWithoutATargetUnknown) {
  EXPECT_EQ(read_query("d1:ad2:id20:abcdefghij0123456789e1:q4:vote1:t2:aa1:y1:qe").method, Method::unknown);
}

TEST(Krpc, ReadsWantAndIgnoresWhatItDoesNotKnow) {
  const Query query = read_query(
      "d1:ad2:id20:abcdefghij01234567896:target20:mnopqrstuvwxyz1234564:wantl2:n63:xyzi7eee1:q9:find_node1:t2:aa1:y1:"
      "qe");
  EXPECT_FALSE(query.want_v4);
  EXPECT_TRUE(query.want_v6);
}

TEST(Krpc, ReadsReadOnlyAndTheObservedAddress) {
  EXPECT_TRUE(read_query("d1:ad2:id20:abcdefghij0123456789e1:q4:ping2:roi1e1:t2:aa1:y1:qe").read_only);
  constexpr char kReply[] =
      "d2:ip6:\x01\x02\x03\x04\x00\x05"
      "1:rd2:id20:mnopqrstuvwxyz123456e1:t2:aa1:y1:re";
  const Result<Message> message = read({kReply, sizeof kReply - 1});
  ASSERT_TRUE(message.ok());
  EXPECT_EQ(message->observed, Endpoint::parse("1.2.3.4:5"));
}

TEST(Krpc, LeavesOutContactsThatNobodyCanDial) {
  const std::string sender = "2:id20:mnopqrstuvwxyz123456";
  const auto node = [](std::string_view address) {
    Bytes raw = to_bytes(kAbc);
    Endpoint::parse(address)->append_compact(raw);
    return std::string(as_text(raw));
  };
  const std::string nodes = node("1.2.3.4:0") + node("224.0.0.1:5") + node("0.1.2.3:5") + node("1.2.3.4:5");
  const Reply reply = read_reply(sender + "5:nodes" + std::to_string(nodes.size()) + ":" + nodes);
  ASSERT_TRUE(reply.nodes);
  ASSERT_EQ(reply.nodes->size(), 1U);
  EXPECT_EQ(reply.nodes->front().endpoint, *Endpoint::parse("1.2.3.4:5"));
  // An IPv4 address in IPv6 clothes does not belong under nodes6.
  const std::string mapped = std::string(kAbc) + std::string(10, '\0') + "\xff\xff\x01\x02\x03\x04\x01\x01";
  EXPECT_TRUE(read_reply(sender + "6:nodes638:" + mapped).nodes6->empty());
  const Reply values = read_reply(sender + "6:valuesl" +
                                  std::string("6:\x01\x02\x03\x04\x00\x00"
                                              "3:abci1ee",
                                              17));
  EXPECT_TRUE(values.values.empty());
}

TEST(Krpc, TakesATokenTooLongToReturnForNone) {
  const std::string sender = "2:id20:mnopqrstuvwxyz123456";
  EXPECT_TRUE(read_reply(sender + "5:token64:" + std::string(64, 'x')).token);
  EXPECT_FALSE(read_reply(sender + "5:token65:" + std::string(65, 'x')).token);
}

TEST(Krpc, LimitsTheNumberOfContactsAndValues) {
  std::string nodes;
  for (int i = 0; i < 50; ++i) nodes += std::string(kAbc) + "\x01\x02\x03\x04\x01\x01";
  const std::string sender = "2:id20:mnopqrstuvwxyz123456";
  EXPECT_EQ(read_reply(sender + "5:nodes" + std::to_string(nodes.size()) + ":" + nodes).nodes->size(), kReplyNodesMax);
}

struct BadCase {
  const char* name;
  std::string datagram;
};
std::string too_many_values() {
  std::string items = "d1:al";
  for (std::size_t i = 0; i < kBencodeTokensMax; ++i) items += "0:";
  return items += "e1:t2:aa1:y1:qe";
}
class KrpcRefuses : public testing::TestWithParam<BadCase> {};
TEST_P(KrpcRefuses, Datagram) {
  EXPECT_FALSE(read(GetParam().datagram).ok());
}

INSTANTIATE_TEST_SUITE_P(
    , KrpcRefuses,
    testing::Values(BadCase{"Empty", ""}, BadCase{"NoBencode", "hello"}, BadCase{"AList", "le"},
                    BadCase{"NoTransaction", "d1:ad2:id20:abcdefghij0123456789e1:q4:ping1:y1:qe"},
                    BadCase{"LongTransaction",
                            "d1:ad2:id20:abcdefghij0123456789e1:q4:ping1:t65:" + std::string(65, 'x') + "1:y1:qe"},
                    BadCase{"NoKind", "d1:ad2:id20:abcdefghij0123456789e1:q4:ping1:t2:aae"},
                    BadCase{"UnknownKind", "d1:ad2:id20:abcdefghij0123456789e1:q4:ping1:t2:aa1:y1:xe"},
                    BadCase{"NodesOfOddLength", "d1:rd2:id20:mnopqrstuvwxyz1234565:nodes3:abce1:t2:aa1:y1:re"},
                    BadCase{"ReplyWithoutId", "d1:rde1:t2:aa1:y1:re"}, BadCase{"ErrorWithoutList", "d1:t2:aa1:y1:ee"},
                    BadCase{"TooLong", "d1:ad2:id20:abcdefghij0123456789e1:q4:ping1:t2:aa1:x1500:" +
                                           std::string(1500, 'x') + "1:y1:qe"},
                    BadCase{"TooDeep", "d1:a" + std::string(200, 'l') + std::string(200, 'e') + "1:t2:aa1:y1:qe"},
                    BadCase{"TooManyValues", too_many_values()}),
    [](const auto& row) { return row.param.name; });

struct BadQueryCase {
  const char* name;
  std::string arguments;  // besides the id
  std::string method;
  std::string why;
};
class KrpcBadQuery : public testing::TestWithParam<BadQueryCase> {};
TEST_P(KrpcBadQuery, IsReadWithItsTransactionAndTheReason) {
  const BadQueryCase& row = GetParam();
  const Result<Message> message = read("d" + row.arguments + row.method + "1:t2:aa1:y1:qe");
  ASSERT_TRUE(message.ok());
  EXPECT_EQ(as_text(message->transaction.span()), "aa");
  ASSERT_TRUE(std::holds_alternative<BadQuery>(message->body));
  EXPECT_EQ(std::get<BadQuery>(message->body).why, row.why);
}
constexpr const char* kId = "1:ad2:id20:abcdefghij0123456789";
constexpr const char* kKey = "9:info_hash20:mnopqrstuvwxyz123456";
INSTANTIATE_TEST_SUITE_P(
    , KrpcBadQuery,
    testing::Values(
        BadQueryCase{"NoMethod", std::string(kId) + "e", "", "q missing"},
        BadQueryCase{"MethodOfWrongType", std::string(kId) + "e", "1:qi1e", "q missing"},
        BadQueryCase{"NoArguments", "", "1:q4:ping", "a missing"},
        BadQueryCase{"ArgumentsOfWrongType", "1:ale", "1:q4:ping", "a missing"},
        BadQueryCase{"NoId", "1:ade", "1:q4:ping", "id: 20 bytes"},
        BadQueryCase{"NoIdInAnUnknownMethod", "1:ade", "1:q4:vote", "id: 20 bytes"},
        BadQueryCase{"IdOfWrongType", "1:ad2:idi1ee", "1:q4:ping", "id: 20 bytes"},
        BadQueryCase{"ShortId", "1:ad2:id19:abcdefghij012345678e", "1:q4:ping", "id: 20 bytes"},
        BadQueryCase{"LongId", "1:ad2:id40:abcdefghij0123456789abcdefghij0123456789e", "1:q4:ping", "id: 20 bytes"},
        BadQueryCase{"NoTarget", std::string(kId) + "e", "1:q9:find_node", "target: 20 bytes"},
        BadQueryCase{"AnInfoHashForATarget", std::string(kId) + kKey + "e", "1:q9:find_node", "target: 20 bytes"},
        BadQueryCase{"ShortTarget", std::string(kId) + "6:target3:abce", "1:q9:find_node", "target: 20 bytes"},
        BadQueryCase{"NoInfoHash", std::string(kId) + "e", "1:q9:get_peers", "info_hash: 20 bytes"},
        BadQueryCase{"LongInfoHash", std::string(kId) + "9:info_hash32:" + std::string(32, 'x') + "e", "1:q9:get_peers",
                     "info_hash: 20 bytes"},
        BadQueryCase{"AnnouncementWithoutInfoHash", std::string(kId) + "4:porti1e5:token1:xe", "1:q13:announce_peer",
                     "info_hash: 20 bytes"},
        BadQueryCase{"NoToken", std::string(kId) + kKey + "4:porti1ee", "1:q13:announce_peer", "token missing"},
        BadQueryCase{"TokenOfWrongType", std::string(kId) + kKey + "4:porti1e5:tokeni1ee", "1:q13:announce_peer",
                     "token missing"},
        BadQueryCase{"LongToken", std::string(kId) + kKey + "4:porti1e5:token65:" + std::string(65, 'x') + "e",
                     "1:q13:announce_peer", "token too long"},
        BadQueryCase{"NoPort", std::string(kId) + kKey + "5:token1:xe", "1:q13:announce_peer", "port missing"},
        BadQueryCase{"PortZero", std::string(kId) + kKey + "4:porti0e5:token1:xe", "1:q13:announce_peer",
                     "port out of range"},
        BadQueryCase{"PortTooLarge", std::string(kId) + kKey + "4:porti65536e5:token1:xe", "1:q13:announce_peer",
                     "port out of range"},
        BadQueryCase{"NegativePort", std::string(kId) + kKey + "4:porti-1e5:token1:xe", "1:q13:announce_peer",
                     "port out of range"}),
    [](const auto& row) { return row.param.name; });

}  // namespace
}  // namespace stp::dht
