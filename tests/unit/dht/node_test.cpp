// One node against hand-made datagrams: what it answers, and above all what it does not.
#include "dht/node.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "dht/config.h"

namespace stp::dht {
namespace {

struct NodeTest : testing::Test {
  Rng rng{1};
  Rng peers_rng{2};
  Instant now{std::chrono::hours(1)};
  NodeConfig config{};
  std::unique_ptr<Node> node;
  bencode::Document scratch;
  Endpoint stranger = *Endpoint::parse("1.2.3.4:5");

  void SetUp() override { make(); }
  void make() { node = std::make_unique<Node>(config, rng, now); }
  void TearDown() override { node->check_invariants(); }

  struct Sent {
    Endpoint to;
    Message message;
    std::size_t bytes;
  };
  std::vector<Sent> sent() {
    std::vector<Sent> all;
    while (const std::optional<Transmit> out = node->poll_transmit()) {
      const Result<Message> message = decode(out->payload, scratch);
      EXPECT_TRUE(message.ok());
      EXPECT_LE(out->payload.size(), kReplyBytesMax);
      all.push_back({out->to, *message, out->payload.size()});
    }
    return all;
  }
  void deliver(const Endpoint& from, const Message& message) { node->handle_datagram(from, encode(message), now); }
  static TransactionId tid(std::string_view text = "aa") { return *TransactionId::from(as_bytes(text)); }
  Query query(Method method) {
    Query one;
    one.method = method;
    one.sender = random_id(peers_rng);
    one.target = random_id(peers_rng);
    return one;
  }
  /// What the node answers to `one` from `from`; nullopt for nothing. Probes it sends of its own are left aside.
  std::optional<Sent> ask(const Endpoint& from, const Query& one) {
    deliver(from, {tid(), std::nullopt, one});
    for (Sent& out : sent()) {
      if (out.to == from && !std::holds_alternative<Query>(out.message.body)) return out;
    }
    return std::nullopt;
  }
  Reply reply_to(const Endpoint& from, const Query& one) {
    const std::optional<Sent> answer = ask(from, one);
    EXPECT_TRUE(answer);
    return std::get<Reply>(answer->message.body);
  }
  std::int64_t fault_code(const Endpoint& from, const Query& one) {
    const std::optional<Sent> answer = ask(from, one);
    EXPECT_TRUE(answer);
    return std::get<Fault>(answer->message.body).code;
  }
  /// The fault that `datagram` from a stranger is answered with.
  Fault fault_of(std::string_view datagram) {
    node->handle_datagram(stranger, as_bytes(datagram), now);
    const auto out = sent();
    EXPECT_FALSE(out.empty());
    return std::get<Fault>(out.at(0).message.body);
  }
  void announce(const Endpoint& from, const NodeId& key, Port port, bool seed = false) {
    Query one = query(Method::get_peers);
    one.target = key;
    const Reply reply = reply_to(from, one);
    ASSERT_TRUE(reply.token);
    one.method = Method::announce_peer;
    one.token = *reply.token;
    one.port = port;
    one.seed = seed;
    reply_to(from, one);
  }
  /// Lets the node bootstrap from `contact`, which answers with `nodes`.
  void join(const NodeContact& contact, std::optional<std::vector<NodeContact>> nodes = std::nullopt,
            std::optional<Endpoint> observed = std::nullopt) {
    ASSERT_TRUE(node->add_bootstrap(contact.endpoint, now));
    node->handle_timeout(now);
    for (const Sent& out : sent()) {
      if (out.to != contact.endpoint) continue;
      Reply reply;
      reply.sender = contact.id;
      reply.nodes = nodes;
      deliver(contact.endpoint, {out.message.transaction, observed, reply});
    }
  }
  NodeContact contact(const char* endpoint) { return {random_id(peers_rng), *Endpoint::parse(endpoint)}; }
};

TEST_F(NodeTest, AnswersPingWithItsIdAndTheAskersAddress) {
  const std::optional<Sent> answer = ask(stranger, query(Method::ping));
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->message.transaction, tid());
  EXPECT_EQ(answer->message.observed, stranger);
  EXPECT_EQ(std::get<Reply>(answer->message.body).sender, node->table(Family::v4).self());
}

TEST_F(NodeTest, AlwaysSendsNodesAndAToken) {
  const Reply found = reply_to(stranger, query(Method::find_node));
  EXPECT_TRUE(found.nodes);
  EXPECT_FALSE(found.nodes6);
  EXPECT_FALSE(found.token);
  const Reply peers = reply_to(stranger, query(Method::get_peers));
  EXPECT_TRUE(peers.nodes);
  EXPECT_TRUE(peers.token);
}

TEST_F(NodeTest, SendsTheFamiliesThatAreWanted) {
  Query both = query(Method::find_node);
  both.want_v4 = both.want_v6 = true;
  EXPECT_TRUE(reply_to(stranger, both).nodes && reply_to(stranger, both).nodes6);
  Query six = query(Method::find_node);
  six.want_v6 = true;
  EXPECT_FALSE(reply_to(stranger, six).nodes);
  EXPECT_TRUE(reply_to(*Endpoint::parse("[2001:db8::1]:7"), query(Method::find_node)).nodes6);
}

TEST_F(NodeTest, StoresAnAnnouncementMadeWithItsToken) {
  const NodeId key = random_id(rng);
  announce(stranger, key, 7000);
  Query one = query(Method::get_peers);
  one.target = key;
  const Endpoint asker = *Endpoint::parse("5.6.7.8:9");
  EXPECT_EQ(reply_to(asker, one).values, std::vector<Endpoint>{*Endpoint::parse("1.2.3.4:7000")});
  EXPECT_EQ(node->status(now).stored_peers, 1U);
}

TEST_F(NodeTest, AnImpliedPortIsTheSourcePort) {
  Query one = query(Method::get_peers);
  const Reply reply = reply_to(stranger, one);
  one.method = Method::announce_peer;
  one.token = *reply.token;
  one.port = 7000;
  one.implied_port = true;
  reply_to(stranger, one);
  one.method = Method::get_peers;
  EXPECT_EQ(reply_to(*Endpoint::parse("5.6.7.8:9"), one).values, std::vector<Endpoint>{stranger});
}

TEST_F(NodeTest, RefusesAnAnnouncementWithAnothersToken) {
  Query one = query(Method::get_peers);
  const Reply reply = reply_to(stranger, one);
  one.method = Method::announce_peer;
  one.token = *reply.token;
  one.port = 7000;
  EXPECT_EQ(fault_code(*Endpoint::parse("1.2.3.5:5"), one), 203);
  Query other = one;
  other.target = random_id(rng);
  EXPECT_EQ(fault_code(stranger, other), 203);
  EXPECT_EQ(node->status(now).stored_peers, 0U);
}

TEST_F(NodeTest, AFullKeyGetsNoToken) {
  const NodeId key = random_id(rng);
  for (std::uint32_t i = 0; i < kDhtDefaults.storage.peers_per_key_max; ++i) {
    announce({IpAddress::v4(0x0a000000U + i), 6881}, key, 7000);
  }
  Query one = query(Method::get_peers);
  one.target = key;
  EXPECT_FALSE(reply_to(stranger, one).token);
}

TEST_F(NodeTest, AFullReplyFitsItsDatagram) {
  const NodeId key = random_id(rng);
  for (std::uint32_t i = 0; i < 300; ++i) announce({IpAddress::v4(0x0a000000U + i), 6881}, key, 7000);
  Query one = query(Method::get_peers);
  one.target = key;
  one.want_v4 = one.want_v6 = true;
  // A local asker is trusted with all that fits; the helper checks the bound.
  const auto answer = ask(*Endpoint::parse("10.9.9.9:5"), one);
  ASSERT_TRUE(answer);
  EXPECT_GT(answer->bytes, kReplyBytesMax - 30);
}

TEST_F(NodeTest, AStrangerGetsLittleMoreThanItSent) {
  const NodeId key = random_id(rng);
  for (std::uint32_t i = 0; i < 300; ++i) announce({IpAddress::v4(0x14000000U + 257 * i), 6881}, key, 7000);
  Query one = query(Method::get_peers);
  one.target = key;
  for (const bool both : {false, true}) {
    one.want_v4 = one.want_v6 = both;
    const std::size_t asked = encode({tid(), std::nullopt, one}).size();
    for (const Endpoint& from : {stranger, *Endpoint::parse("[2001:db8::1]:7")}) {
      const auto answer = ask(from, one);
      ASSERT_TRUE(answer);
      EXPECT_LE(answer->bytes, kDhtDefaults.sources.amplification_max * asked);
    }
  }
  EXPECT_FALSE(reply_to(stranger, one).values.empty());
}

TEST_F(NodeTest, UnknownMethodsWithoutATargetAreRefused) {
  node->handle_datagram(stranger, as_bytes("d1:ad2:id20:abcdefghij0123456789e1:q4:vote1:t2:aa1:y1:qe"), now);
  const auto out = sent();
  ASSERT_FALSE(out.empty());
  EXPECT_EQ(std::get<Fault>(out[0].message.body).code, 204);
}

TEST_F(NodeTest, AQueryToStoreAValueIsRefused) {
  EXPECT_EQ(fault_of("d1:ad2:id20:abcdefghij01234567896:target20:mnopqrstuvwxyz1234565:token1:x1:v5:helloe1:q3:put1:t2:"
                     "aa1:y1:qe"),
            (Fault{204, "Method Unknown"}));
}

TEST_F(NodeTest, AQueryWithWrongArgumentsIsRefusedWithTheReason) {
  EXPECT_EQ(fault_of("d1:ad2:id3:abce1:q4:ping1:t2:aa1:y1:qe"), (Fault{203, "id: 20 bytes"}));
  EXPECT_EQ(fault_of("d1:ad2:id20:abcdefghij0123456789e1:q9:get_peers1:t2:aa1:y1:qe"),
            (Fault{203, "info_hash: 20 bytes"}));
  EXPECT_EQ(node->status(now).counters.queries_answered, 2U);
}

// The shortest query there is, over both families: a refusal must not be worth forging a source for.
TEST_F(NodeTest, ARefusalIsAtMostFourTimesItsQuery) {
  for (const Endpoint& from : {stranger, *Endpoint::parse("[2001:db8::1]:7")}) {
    for (const std::string_view asked :
         {"d1:t0:1:y1:qe", "d1:q1:x1:t2:aa1:y1:qe", "d1:q9:announce_peer1:t2:aa1:y1:qe"}) {
      node->handle_datagram(from, as_bytes(asked), now);
      for (const Sent& out : sent()) {
        EXPECT_EQ(std::get<Fault>(out.message.body).code, 203);
        EXPECT_LE(out.bytes, kDhtDefaults.sources.amplification_max * asked.size());
      }
    }
  }
}

TEST_F(NodeTest, EchoesTransactionIdsOfUpTo64Bytes) {
  for (const std::size_t size : {1U, 20U, 33U, 64U}) {
    const TransactionId id = tid(std::string(size, 'x'));
    deliver(stranger, {id, std::nullopt, query(Method::ping)});
    const auto out = sent();
    ASSERT_FALSE(out.empty());
    EXPECT_EQ(out[0].message.transaction, id);
  }
  const std::string longer = "d1:ad2:id20:abcdefghij0123456789e1:q4:ping1:t65:" + std::string(65, 'x') + "1:y1:qe";
  node->handle_datagram(stranger, as_bytes(longer), now);
  EXPECT_TRUE(sent().empty());
}

TEST_F(NodeTest, NamesNoSeedsToAnAskerThatWantsNone) {
  const NodeId key = random_id(rng);
  announce(*Endpoint::parse("1.2.3.4:5"), key, 7000, true);
  announce(*Endpoint::parse("1.2.4.4:5"), key, 7001, false);
  Query one = query(Method::get_peers);
  one.target = key;
  EXPECT_EQ(reply_to(*Endpoint::parse("5.6.7.8:9"), one).values.size(), 2U);
  one.no_seeds = true;
  EXPECT_EQ(reply_to(*Endpoint::parse("5.6.7.8:9"), one).values,
            std::vector<Endpoint>{*Endpoint::parse("1.2.4.4:7001")});
}

TEST_F(NodeTest, AScrapeGetsTheFiltersOfSeedsAndLeeches) {
  const NodeId key = random_id(rng);
  announce(*Endpoint::parse("10.2.3.4:5"), key, 7000, true);
  announce(*Endpoint::parse("10.2.3.5:5"), key, 7000, false);
  announce(*Endpoint::parse("10.2.3.5:6"), key, 7001, false);
  Query one = query(Method::get_peers);
  one.target = key;
  const Endpoint asker = *Endpoint::parse("10.6.7.8:9");
  EXPECT_FALSE(reply_to(asker, one).scrape);
  one.scrape = true;
  const Reply reply = reply_to(asker, one);
  Scrape expected;
  expected.seeds.insert(*IpAddress::parse("10.2.3.4"));
  expected.leeches.insert(*IpAddress::parse("10.2.3.5"));
  EXPECT_EQ(reply.scrape, expected);
  EXPECT_TRUE(reply.nodes && reply.token);
  EXPECT_EQ(reply.values.size(), 3U);
  one.target = random_id(rng);
  EXPECT_FALSE(reply_to(asker, one).scrape);
}

TEST_F(NodeTest, AScrapeOfAFullSwarmFitsItsDatagram) {
  const NodeId key = random_id(rng);
  for (std::uint32_t i = 0; i < 300; ++i) announce({IpAddress::v4(0x0a000000U + i), 6881}, key, 7000, i % 2 == 0);
  Query one = query(Method::get_peers);
  one.target = key;
  one.scrape = one.want_v4 = one.want_v6 = true;
  const auto answer = ask(*Endpoint::parse("10.9.9.9:5"), one);
  ASSERT_TRUE(answer);
  EXPECT_TRUE(std::get<Reply>(answer->message.body).scrape);
}

TEST_F(NodeTest, AScrapeTellsNothingOfLocalPeersToStrangers) {
  const NodeId key = random_id(rng);
  announce(*Endpoint::parse("10.2.3.4:5"), key, 7000, true);
  announce(stranger, key, 7000, true);
  join({random_id(peers_rng), stranger});  // from now on it is trusted with long answers
  Query one = query(Method::get_peers);
  one.sender = node->table(Family::v4).contacts().front().id;
  one.target = key;
  one.scrape = true;
  Scrape expected;
  expected.seeds.insert(stranger.address);
  EXPECT_EQ(reply_to(stranger, one).scrape, expected);
}

TEST_F(NodeTest, NeverAnswersGarbage) {
  Rng garbage(3);
  const Bytes valid = encode({tid(), std::nullopt, query(Method::find_node)});
  for (int i = 0; i < 3000; ++i) {
    Bytes raw(garbage.below(200));
    garbage.fill(raw);
    node->handle_datagram(stranger, raw, now);
    node->handle_datagram(stranger, ByteSpan(valid).first(garbage.below(valid.size())), now);
  }
  EXPECT_TRUE(sent().empty());
  EXPECT_EQ(node->status(now).counters.malformed, 6000U);
  EXPECT_EQ(node->nodes(), 0U);
}

TEST_F(NodeTest, NeverAnswersUndialableSourcesOrItself) {
  for (const char* from : {"1.2.3.4:0", "0.0.0.0:5", "224.0.0.1:5", "255.255.255.255:5"}) {
    EXPECT_FALSE(ask(*Endpoint::parse(from), query(Method::ping))) << from;
  }
  Query own = query(Method::ping);
  own.sender = node->table(Family::v4).self();
  EXPECT_FALSE(ask(stranger, own));
}

TEST_F(NodeTest, LimitsWhatOneSourceIsAnswered) {
  std::size_t answered = 0;
  for (int i = 0; i < 1000; ++i) answered += ask(stranger, query(Method::ping)) ? 1 : 0;
  EXPECT_EQ(answered, static_cast<std::size_t>(kDhtDefaults.sources.burst));
  EXPECT_EQ(node->status(now).counters.limited, 1000U - answered);
  EXPECT_TRUE(ask(*Endpoint::parse("1.2.3.5:5"), query(Method::ping)));
}

TEST_F(NodeTest, AnswersEveryQueryFromItsOwnHost) {
  std::size_t answered = 0;
  for (Port port = 1; port <= 5000; ++port) {
    answered += ask({IpAddress::v4(0x7f000001), port}, query(Method::ping)) ? 1 : 0;
  }
  EXPECT_EQ(answered, 5000U);
}

TEST_F(NodeTest, AReadOnlyNodeAnswersNothingAndSaysSo) {
  config.read_only = true;
  make();
  EXPECT_FALSE(ask(stranger, query(Method::ping)));
  ASSERT_TRUE(node->add_bootstrap(stranger, now));
  node->handle_timeout(now);
  const auto out = sent();
  ASSERT_EQ(out.size(), 1U);
  EXPECT_TRUE(std::get<Query>(out[0].message.body).read_only);
}

TEST_F(NodeTest, ReadOnlyAskersAreServedButNotProbed) {
  Query one = query(Method::ping);
  one.read_only = true;
  EXPECT_TRUE(ask(stranger, one));
  node->handle_timeout(now + 1s);
  EXPECT_TRUE(sent().empty());
  one.read_only = false;
  EXPECT_TRUE(ask(stranger, one));
  node->handle_timeout(now + 2s);
  EXPECT_EQ(sent().size(), 1U);
}

TEST_F(NodeTest, AnAskerEntersTheTableOnlyByAnsweringAProbe) {
  const Query one = query(Method::ping);
  ASSERT_TRUE(ask(stranger, one));
  EXPECT_EQ(node->nodes(), 0U);
  node->handle_timeout(now);
  const auto probes = sent();
  ASSERT_EQ(probes.size(), 1U);
  EXPECT_EQ(probes[0].to, stranger);
  Reply pong;
  pong.sender = one.sender;
  deliver(stranger, {probes[0].message.transaction, std::nullopt, pong});
  EXPECT_EQ(node->nodes(), 1U);
}

TEST_F(NodeTest, BelievesNoAnswerWithAForgedSourceOrTransaction) {
  const NodeContact entry = contact("5.6.7.8:9");
  ASSERT_TRUE(node->add_bootstrap(entry.endpoint, now));
  node->handle_timeout(now);
  const auto out = sent();
  ASSERT_EQ(out.size(), 1U);
  Reply reply;
  reply.sender = entry.id;
  deliver(*Endpoint::parse("5.6.7.8:10"), {out[0].message.transaction, std::nullopt, reply});
  deliver(*Endpoint::parse("5.6.7.9:9"), {out[0].message.transaction, std::nullopt, reply});
  Bytes wrong = to_bytes(out[0].message.transaction.span());
  wrong[0] ^= std::byte{1};
  deliver(entry.endpoint, {*TransactionId::from(wrong), std::nullopt, reply});
  EXPECT_EQ(node->nodes(), 0U);
  EXPECT_EQ(node->status(now).counters.unexpected, 3U);
  deliver(entry.endpoint, {out[0].message.transaction, std::nullopt, reply});
  EXPECT_EQ(node->nodes(), 1U);
  // And only once.
  deliver(entry.endpoint, {out[0].message.transaction, std::nullopt, reply});
  EXPECT_EQ(node->status(now).counters.unexpected, 4U);
}

TEST_F(NodeTest, AStrangerCannotSendUsToLocalAddresses) {
  const std::vector<NodeContact> planted = {contact("127.0.0.1:22"), contact("192.168.0.1:80"), contact("9.9.9.9:9")};
  join(contact("5.6.7.8:9"), planted);
  std::vector<Endpoint> asked;
  for (int i = 0; i < 50; ++i) {
    now += 500ms;
    node->handle_timeout(now);
    for (const Sent& out : sent()) asked.push_back(out.to);
  }
  EXPECT_NE(std::find(asked.begin(), asked.end(), planted[2].endpoint), asked.end());
  for (const Endpoint& endpoint : asked) EXPECT_FALSE(endpoint.address.is_local()) << endpoint.to_string();
}

TEST_F(NodeTest, LocalNodesAreToldToLocalAskersOnly) {
  join(contact("192.168.0.7:9"));
  ASSERT_EQ(node->nodes(), 1U);
  EXPECT_TRUE(reply_to(stranger, query(Method::find_node)).nodes->empty());
  EXPECT_EQ(reply_to(*Endpoint::parse("192.168.0.9:1"), query(Method::find_node)).nodes->size(), 1U);
}

TEST_F(NodeTest, ANodeThatAnswersUnderAnotherIdLosesItsPlaceInTheLookup) {
  const NodeContact entry = contact("5.6.7.8:9");
  join(entry);
  sent();
  const std::optional<LookupId> lookup = node->start_get_peers(SwarmKey{}, now);
  ASSERT_TRUE(lookup);
  Reply reply;
  reply.sender = random_id(rng);  // not entry.id
  for (const Sent& out : sent()) deliver(out.to, {out.message.transaction, std::nullopt, reply});
  const std::optional<LookupEvent> event = node->poll_lookup(*lookup);
  ASSERT_TRUE(event);
  EXPECT_EQ(std::get<LookupDone>(*event).answered, 0U);
}

TEST_F(NodeTest, ANodeThatAnsweredUnderAnotherIdIsNotTakenForUnresponsive) {
  const NodeContact renamed = contact("5.5.5.5:5");
  join(contact("6.6.6.6:6"), std::vector{renamed});
  const auto answer_probes = [&] {
    std::size_t probes = 0;
    for (Instant end = now + 5s; now < end; now += 100ms) {
      node->handle_timeout(now);
      for (const Sent& out : sent()) {
        if (out.to != renamed.endpoint) continue;
        Reply reply;
        reply.sender = random_id(peers_rng);
        deliver(renamed.endpoint, {out.message.transaction, std::nullopt, reply});
        ++probes;
      }
    }
    return probes;
  };
  EXPECT_GT(answer_probes(), 0U);
  ask(renamed.endpoint, query(Method::ping));  // under its third id
  EXPECT_GT(answer_probes(), 0U);
}

TEST_F(NodeTest, TakesASecureIdWhenEnoughNodesAgreeOnItsAddress) {
  const NodeId before = node->table(Family::v4).self();
  const Endpoint us = *Endpoint::parse("203.0.113.9:6881");
  std::size_t joined = 0;
  for (const char* entry : {"5.6.7.8:9", "6.6.7.8:9", "7.6.7.8:9", "8.6.7.8:9"}) {
    EXPECT_EQ(node->table(Family::v4).self(), before) << joined;
    join(contact(entry), std::nullopt, us);
    ++joined;
    now += 10s;
  }
  const NodeId after = node->table(Family::v4).self();
  EXPECT_NE(after, before);
  EXPECT_TRUE(is_secure_id(after, us.address));
  EXPECT_EQ(node->status(now).external[0], us.address);
  EXPECT_GE(node->nodes(), 1U);
  bool told = false;
  while (const std::optional<NodeEvent> event = node->poll_event()) {
    if (const IdChanged* changed = std::get_if<IdChanged>(&*event)) told = changed->id == after;
  }
  EXPECT_TRUE(told);
}

TEST_F(NodeTest, KeepsItsIdBehindALocalAddress) {
  const NodeId before = node->table(Family::v4).self();
  for (const char* entry : {"10.0.0.1:9", "10.0.0.2:9", "10.0.0.3:9", "10.0.0.4:9", "10.0.0.5:9"}) {
    join(contact(entry), std::nullopt, Endpoint::parse("10.0.0.99:6881"));
    now += 10s;
  }
  EXPECT_EQ(node->table(Family::v4).self(), before);
}

TEST_F(NodeTest, ALookupWithNobodyToAskEndsAtOnce) {
  const std::optional<LookupId> lookup = node->start_get_peers(SwarmKey{}, now);
  ASSERT_TRUE(lookup);
  EXPECT_TRUE(node->has_result(*lookup));
  ASSERT_TRUE(node->poll_lookup(*lookup));
  EXPECT_FALSE(node->poll_lookup(*lookup));
}

TEST_F(NodeTest, ManyLookupsWithNobodyToAskAllEnd) {
  std::vector<LookupId> lookups;
  while (const auto lookup = node->start_get_peers(SwarmKey{}, now)) lookups.push_back(*lookup);
  EXPECT_EQ(lookups.size(), kDhtDefaults.lookups.waiting_max);
  for (const LookupId lookup : lookups) EXPECT_TRUE(node->poll_lookup(lookup));
  EXPECT_TRUE(node->start_get_peers(SwarmKey{}, now));
}

TEST_F(NodeTest, ACancelledLookupIsForgotten) {
  join(contact("5.6.7.8:9"));
  const std::optional<LookupId> lookup = node->start_get_peers(SwarmKey{}, now);
  node->cancel(*lookup, now);
  node->cancel(*lookup, now);
  for (const Sent& out : sent()) {
    Reply reply;
    reply.sender = random_id(rng);
    deliver(out.to, {out.message.transaction, std::nullopt, reply});
  }
  EXPECT_FALSE(node->has_result(*lookup));
  EXPECT_EQ(node->status(now).lookups, 0U);
}

TEST_F(NodeTest, ManyLookupsAtOnceNeverExceedTheOutstandingQueries) {
  join(contact("5.6.7.8:9"));
  for (std::size_t i = 0; i < 500; ++i) {
    SwarmKey key{};
    key.bytes[0] = static_cast<std::byte>(i);
    ASSERT_TRUE(node->start_announce(key, {7000, false, false}, now));
    node->check_invariants();
  }
  for (int i = 0; i < 200; ++i) {
    now += 100ms;
    node->handle_timeout(now);
    node->check_invariants();
    sent();
  }
}

TEST_F(NodeTest, TheNextTimeoutAlwaysLiesAhead) {
  ASSERT_TRUE(node->add_bootstrap(stranger, now));
  for (int i = 0; i < 200; ++i) {
    const std::optional<Instant> next = node->next_timeout();
    ASSERT_TRUE(next);
    now = std::max(now, *next);
    node->handle_timeout(now);
    ASSERT_GT(node->next_timeout().value_or(kNever), now) << i;
  }
}

TEST_F(NodeTest, WithoutNodesAChangeOfAddressesIsNoReasonToWakeAgainAndAgain) {
  node->handle_network_change(now);
  for (int i = 0; i < 10; ++i) {
    node->handle_timeout(now);
    const std::optional<Instant> next = node->next_timeout();
    if (!next) return;
    ASSERT_GT(*next, now) << i;
    now = *next;
  }
}

TEST_F(NodeTest, RefusesADamagedState) {
  EXPECT_FALSE(node->restore(as_bytes("rubbish"), now).ok());
  Node other(config, rng, now);
  EXPECT_TRUE(other.restore(node->save_state(), now).ok());
  EXPECT_EQ(other.table(Family::v4).self(), node->table(Family::v4).self());
}

TEST_F(NodeTest, AnUndrainedNodeDropsInsteadOfGrowing) {
  for (std::size_t i = 0; i < kDhtDefaults.queries.transmit_queue_max + 100; ++i) {
    deliver({IpAddress::v4(0x0a000001U), 77}, {tid(), std::nullopt, query(Method::ping)});
  }
  EXPECT_GE(node->status(now).counters.queue_full, 100U);
}

}  // namespace
}  // namespace stp::dht
