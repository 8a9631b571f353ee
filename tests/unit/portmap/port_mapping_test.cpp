#include "portmap/port_mapping.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>

namespace stp::portmap {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

const IpAddress kOutside = *IpAddress::parse("203.0.113.7");
const IpAddress kInside = *IpAddress::parse("192.168.1.5");
constexpr Port kPort = 64500;

/// A call in a few words: "find upnp", "open nat-pmp tcp 64500 1800s".
std::string words(const Call& call) {
  const std::string by = call.protocol == Protocol::upnp ? " upnp" : " nat-pmp";
  if (const auto* const open = std::get_if<OpenPort>(&call.what)) {
    return "open" + by + (open->transport == Transport::tcp ? " tcp " : " udp ") + std::to_string(open->outside) + " " +
           std::to_string(open->lease.count()) + "s";
  }
  if (const auto* const close = std::get_if<ClosePort>(&call.what)) {
    return "close" + by + (close->transport == Transport::tcp ? " tcp " : " udp ") + std::to_string(close->outside);
  }
  return "find" + by;
}

Answer silent() {
  return Refused{Refusal::silent, ""};
}

/// A machine behind a router, whose answers the test decides.
class PortMappingTest : public testing::Test {
 protected:
  PortMappingTest() : mapping_(PortMapConfig{}, {}, rng_) {
    router_ = [](const Call& call) -> std::optional<Answer> {
      if (call.protocol == Protocol::upnp) return silent();
      if (std::holds_alternative<FindRouter>(call.what)) return RouterFound{kOutside};
      if (const auto* const open = std::get_if<OpenPort>(&call.what)) return PortOpened{open->outside, open->lease};
      return PortClosed{};
    };
  }

  void start(std::vector<IpAddress> own = {kInside}) {
    mapping_.start(kPort);
    mapping_.handle_addresses(own, now_);
    answer_all();
  }
  /// Makes the calls that are there; those without an answer stay in flight.
  void answer_all() {
    while (const std::optional<Call> call = mapping_.poll_call()) {
      said_.push_back(words(*call));
      last_id_ = call->id;
      if (const std::optional<Answer> answer = router_(*call)) mapping_.handle_answer(call->id, *answer, now_);
      mapping_.check_invariants();
    }
  }
  /// Lets the time pass until the next timeout; returns how long that took.
  Duration advance() {
    const Instant before = now_;
    now_ = std::max(now_, mapping_.next_timeout().value());
    said_.clear();
    mapping_.handle_timeout(now_);
    mapping_.check_invariants();
    answer_all();
    return now_ - before;
  }
  [[nodiscard]] RouterState state() const { return mapping_.status().state; }

  Rng rng_{7};
  Instant now_{};
  PortMapping mapping_;
  std::function<std::optional<Answer>(const Call&)> router_;
  std::vector<std::string> said_;
  CallId last_id_ = 0;
};

TEST_F(PortMappingTest, TcpAndUdpAreOpenedAtTheFirstRouterFound) {
  start();
  EXPECT_THAT(said_,
              ElementsAre("find nat-pmp", "find upnp", "open nat-pmp tcp 64500 1800s", "open nat-pmp udp 64500 1800s"));
  EXPECT_EQ(state(), RouterState::open);
  EXPECT_EQ(mapping_.status().reachable_at(), (Endpoint{kOutside, kPort}));
  EXPECT_EQ(mapping_.status().announced(), 0);
  EXPECT_EQ(text_of(mapping_.status()), "reachable at 203.0.113.7:64500 through the router");
}

TEST_F(PortMappingTest, NothingIsAskedWithAPublicAddressOrWithoutIpv4) {
  start({kInside, *IpAddress::parse("203.0.113.9")});
  EXPECT_EQ(state(), RouterState::not_needed);
  mapping_.handle_addresses(std::vector{*IpAddress::parse("2001:db8::1"), *IpAddress::parse("127.0.0.1")}, now_);
  EXPECT_EQ(state(), RouterState::no_network);
  answer_all();
  EXPECT_THAT(said_, IsEmpty());
  EXPECT_FALSE(mapping_.next_timeout());
  EXPECT_EQ(text_of(mapping_.status()), "");
}

TEST_F(PortMappingTest, AnIpv6AddressDoesNotReplaceTheRouter) {
  start({*IpAddress::parse("2001:db8::1"), kInside});
  EXPECT_EQ(state(), RouterState::open);
}

TEST_F(PortMappingTest, UpnpIsUsedWhereNatPmpIsSilent) {
  router_ = [](const Call& call) -> std::optional<Answer> {
    if (call.protocol == Protocol::nat_pmp) return silent();
    if (std::holds_alternative<FindRouter>(call.what)) return RouterFound{kOutside};
    return PortOpened{kPort, std::chrono::seconds(1800)};
  };
  start();
  EXPECT_THAT(said_,
              ElementsAre("find nat-pmp", "find upnp", "open upnp tcp 64500 1800s", "open upnp udp 64500 1800s"));
  EXPECT_EQ(mapping_.status().protocol, Protocol::upnp);
}

TEST_F(PortMappingTest, TheOtherProtocolIsUsedWhereTheFirstRefuses) {
  const auto good = router_;
  router_ = [good](const Call& call) -> std::optional<Answer> {
    if (call.protocol == Protocol::nat_pmp && std::holds_alternative<OpenPort>(call.what)) {
      return Refused{Refusal::refused, "not allowed"};
    }
    Call same = call;
    same.protocol = Protocol::nat_pmp;
    return good(same);
  };
  start();
  EXPECT_EQ(state(), RouterState::open);
  EXPECT_EQ(mapping_.status().protocol, Protocol::upnp);
}

TEST_F(PortMappingTest, ItIsRenewedAtHalfOfTheLeaseGranted) {
  router_ = [](const Call& call) -> std::optional<Answer> {
    if (call.protocol == Protocol::upnp) return silent();
    if (std::holds_alternative<FindRouter>(call.what)) return RouterFound{kOutside};
    return PortOpened{kPort, std::chrono::seconds(600)};
  };
  start();
  EXPECT_EQ(advance(), std::chrono::minutes(5));
  EXPECT_THAT(said_,
              ElementsAre("find nat-pmp", "find upnp", "open nat-pmp tcp 64500 1800s", "open nat-pmp udp 64500 1800s"));
  EXPECT_EQ(state(), RouterState::open);
}

TEST_F(PortMappingTest, AnAbsurdLeaseChangesNothing) {
  for (const int seconds : {0, 2'000'000'000}) {
    PortMapping mapping({}, {}, rng_);
    mapping.start(kPort);
    mapping.handle_addresses(std::vector{kInside}, now_);
    while (const std::optional<Call> call = mapping.poll_call()) {
      Answer answer = PortOpened{kPort, std::chrono::seconds(seconds)};
      if (std::holds_alternative<FindRouter>(call->what)) answer = RouterFound{kOutside};
      mapping.handle_answer(call->id, answer, now_);
      mapping.check_invariants();
    }
    EXPECT_EQ(mapping.next_timeout(), now_ + std::chrono::minutes(15)) << seconds;
  }
  router_ = [](const Call& call) -> std::optional<Answer> {
    if (std::holds_alternative<FindRouter>(call.what)) return RouterFound{kOutside};
    return PortOpened{kPort, std::chrono::seconds(1)};
  };
  start();
  EXPECT_EQ(advance(), PortMapConfig{}.renew_gap_min);
}

TEST_F(PortMappingTest, ARouterThatIsSilentForAMomentIsNotGoneBeforeTheLeaseEnds) {
  start();
  const auto good = std::exchange(router_, [](const Call&) { return silent(); });
  advance();
  EXPECT_EQ(state(), RouterState::open);
  while (now_ < Instant{} + std::chrono::minutes(30)) advance();
  EXPECT_EQ(state(), RouterState::no_router);
  router_ = good;
  advance();
  EXPECT_EQ(state(), RouterState::open);
}

TEST_F(PortMappingTest, NobodyThereIsAskedMoreAndMoreRarely) {
  router_ = [](const Call&) { return silent(); };
  start();
  EXPECT_EQ(state(), RouterState::no_router);
  Duration last{};
  for (const int minutes : {1, 2, 4, 8, 16, 30, 30}) {
    last = advance();
    EXPECT_GE(last, std::chrono::seconds(45 * minutes));
    EXPECT_LE(last, std::chrono::seconds(75 * minutes));
  }
  // While they are asked again, what is known stays.
  router_ = [](const Call&) { return std::nullopt; };
  advance();
  EXPECT_THAT(said_, ElementsAre("find nat-pmp", "find upnp"));
  EXPECT_EQ(state(), RouterState::no_router);
  advance();  // given up
  // Another network: again at once, with a back-off that starts over.
  router_ = [](const Call&) { return silent(); };
  said_.clear();
  mapping_.handle_addresses(std::vector{*IpAddress::parse("10.0.0.3")}, now_);
  answer_all();
  EXPECT_THAT(said_, ElementsAre("find nat-pmp", "find upnp"));
  EXPECT_LE(advance(), std::chrono::seconds(75));
}

TEST_F(PortMappingTest, ARefusalIsExplained) {
  router_ = [](const Call& call) -> std::optional<Answer> {
    if (call.protocol == Protocol::upnp) return silent();
    if (std::holds_alternative<FindRouter>(call.what)) return RouterFound{kOutside};
    return Refused{Refusal::refused, "not authorized"};
  };
  start();
  EXPECT_EQ(state(), RouterState::refused);
  EXPECT_EQ(text_of(mapping_.status()),
            "behind a router that refuses to open ports (not authorized): allow NAT-PMP in it, or forward TCP and UDP "
            "64500 to this machine there");
  EXPECT_TRUE(mapping_.next_timeout());
}

TEST_F(PortMappingTest, ARouterThatIsFoundAndThenSilentIsNotReportedAsMissing) {
  router_ = [](const Call& call) -> std::optional<Answer> {
    if (call.protocol == Protocol::nat_pmp && std::holds_alternative<FindRouter>(call.what)) {
      return RouterFound{kOutside};
    }
    return silent();
  };
  start();
  EXPECT_EQ(state(), RouterState::refused);
  EXPECT_EQ(mapping_.status().reason, "it does not answer");
}

TEST_F(PortMappingTest, APortOfAnotherMachineIsReplacedByARandomOne) {
  router_ = [](const Call& call) -> std::optional<Answer> {
    if (call.protocol == Protocol::nat_pmp) return silent();
    if (std::holds_alternative<FindRouter>(call.what)) return RouterFound{kOutside};
    const Port wanted = std::get<OpenPort>(call.what).outside;
    if (wanted == kPort) return Refused{Refusal::conflict, "taken"};
    return PortOpened{wanted, std::chrono::seconds(1800)};
  };
  start();
  const RouterStatus& status = mapping_.status();
  EXPECT_EQ(status.state, RouterState::open);
  EXPECT_GE(status.outside, 49152);
  EXPECT_NE(status.outside, kPort);
  EXPECT_EQ(status.outside_udp, status.outside);
  EXPECT_EQ(status.announced(), status.outside);
  const Port first = status.outside;
  advance();  // it stays the same
  EXPECT_EQ(mapping_.status().outside, first);
}

TEST_F(PortMappingTest, ConflictsHaveAnEnd) {
  router_ = [](const Call& call) -> std::optional<Answer> {
    if (std::holds_alternative<FindRouter>(call.what)) return RouterFound{kOutside};
    return Refused{Refusal::conflict, "the port is taken"};
  };
  start();
  EXPECT_EQ(state(), RouterState::refused);
  EXPECT_LE(said_.size(), 2 + 2 + PortMapConfig{}.ports_tried);
}

TEST_F(PortMappingTest, ARouterWithoutLeasesIsAskedWithoutOne) {
  router_ = [](const Call& call) -> std::optional<Answer> {
    if (call.protocol == Protocol::nat_pmp) return silent();
    if (std::holds_alternative<FindRouter>(call.what)) return RouterFound{kOutside};
    const auto& open = std::get<OpenPort>(call.what);
    if (open.lease.count() != 0) return Refused{Refusal::only_permanent, ""};
    return PortOpened{open.outside, open.lease};
  };
  start();
  EXPECT_THAT(said_, ElementsAre("find nat-pmp", "find upnp", "open upnp tcp 64500 1800s", "open upnp tcp 64500 0s",
                                 "open upnp udp 64500 0s"));
  EXPECT_EQ(advance(), std::chrono::minutes(15));
}

TEST_F(PortMappingTest, WithoutUdpTheTcpPortIsStillUseful) {
  router_ = [](const Call& call) -> std::optional<Answer> {
    if (std::holds_alternative<FindRouter>(call.what)) return RouterFound{kOutside};
    const auto& open = std::get<OpenPort>(call.what);
    if (open.transport == Transport::udp) return Refused{Refusal::refused, ""};
    return PortOpened{open.outside, open.lease};
  };
  start();
  EXPECT_EQ(state(), RouterState::open);
  EXPECT_EQ(text_of(mapping_.status()), "reachable at 203.0.113.7:64500 through the router, TCP only");
}

TEST_F(PortMappingTest, ARouterBehindARouterIsRecognised) {
  for (const char* const address : {"10.1.2.3", "192.168.0.1", "100.64.0.9", "172.16.0.1", "169.254.1.1"}) {
    const IpAddress outside = *IpAddress::parse(address);
    router_ = [outside](const Call& call) -> std::optional<Answer> {
      if (std::holds_alternative<FindRouter>(call.what)) return RouterFound{outside};
      return PortOpened{50000, std::chrono::seconds(1800)};
    };
    start();
    EXPECT_TRUE(mapping_.status().behind_another()) << address;
    EXPECT_FALSE(mapping_.status().reachable_at()) << address;
    EXPECT_EQ(mapping_.status().announced(), 0) << address;  // of the router in front nothing is known
    EXPECT_THAT(text_of(mapping_.status()), testing::HasSubstr("another router in front")) << address;
  }
}

TEST_F(PortMappingTest, NonsenseIsNoAddressAndNoPort) {
  for (const char* const address : {"0.0.0.0", "127.0.0.1", "224.0.0.1", "255.255.255.255", "2001:db8::1"}) {
    const IpAddress outside = *IpAddress::parse(address);
    router_ = [outside](const Call& call) -> std::optional<Answer> {
      if (std::holds_alternative<FindRouter>(call.what)) return RouterFound{outside};
      return PortOpened{kPort, std::chrono::seconds(1800)};
    };
    start();
    EXPECT_EQ(state(), RouterState::open) << address;
    EXPECT_FALSE(mapping_.status().address) << address;
    EXPECT_FALSE(mapping_.status().reachable_at()) << address;
  }
  router_ = [](const Call& call) -> std::optional<Answer> {
    if (std::holds_alternative<FindRouter>(call.what)) return RouterFound{kOutside};
    return PortOpened{0, std::chrono::seconds(1800)};
  };
  start();
  EXPECT_EQ(state(), RouterState::refused);
  router_ = [](const Call&) -> std::optional<Answer> { return PortClosed{}; };  // an answer to another question
  start();
  EXPECT_EQ(state(), RouterState::no_router);
}

TEST_F(PortMappingTest, ACallWithoutAnAnswerIsGivenUp) {
  router_ = [](const Call&) { return std::nullopt; };
  start();
  EXPECT_EQ(state(), RouterState::asking);
  EXPECT_EQ(advance(), PortMapConfig{}.call_timeout);
  EXPECT_EQ(state(), RouterState::no_router);
  mapping_.handle_answer(last_id_, RouterFound{kOutside}, now_);  // too late
  EXPECT_EQ(state(), RouterState::no_router);
}

TEST_F(PortMappingTest, EverythingIsClosedAtTheEnd) {
  start();
  said_.clear();
  mapping_.stop(now_);
  EXPECT_FALSE(mapping_.finished());
  answer_all();
  EXPECT_THAT(said_, ElementsAre("close nat-pmp tcp 64500", "close nat-pmp udp 64500"));
  EXPECT_TRUE(mapping_.finished());
  EXPECT_EQ(state(), RouterState::off);
  EXPECT_FALSE(mapping_.next_timeout());
}

TEST_F(PortMappingTest, APortThatOpensAfterTheEndIsClosed) {
  const auto good = router_;
  router_ = [good](const Call& call) -> std::optional<Answer> {
    if (std::holds_alternative<OpenPort>(call.what)) return std::nullopt;
    return good(call);
  };
  start();
  mapping_.stop(now_);
  EXPECT_FALSE(mapping_.finished());
  said_.clear();
  mapping_.handle_answer(last_id_, PortOpened{kPort, std::chrono::seconds(1800)}, now_);
  answer_all();
  EXPECT_THAT(said_, ElementsAre("close nat-pmp tcp 64500"));
  EXPECT_TRUE(mapping_.finished());
}

TEST_F(PortMappingTest, TheEndWaitsForNothingThatIsNotOpen) {
  router_ = [](const Call&) { return std::nullopt; };
  start();
  mapping_.stop(now_);
  EXPECT_TRUE(mapping_.finished());
}

TEST_F(PortMappingTest, ARouterThatDoesNotConfirmTheEndIsNotWaitedForForLong) {
  start();
  router_ = [](const Call&) { return std::nullopt; };
  mapping_.stop(now_);
  answer_all();
  EXPECT_FALSE(mapping_.finished());
  advance();
  EXPECT_TRUE(mapping_.finished());
}

TEST_F(PortMappingTest, AnotherNetworkBeginsARoundAndAnswersOfTheOldOneDoNotCount) {
  std::vector<CallId> held;
  const auto good = router_;
  router_ = [&](const Call& call) -> std::optional<Answer> {
    held.push_back(call.id);
    return std::nullopt;
  };
  start();
  router_ = [](const Call&) { return silent(); };
  mapping_.handle_addresses(std::vector{*IpAddress::parse("10.9.9.9")}, now_);
  for (const CallId id : held) mapping_.handle_answer(id, RouterFound{kOutside}, now_);
  answer_all();
  EXPECT_EQ(state(), RouterState::no_router);
}

TEST(RouterCall, OnlyAddressesThatMeanTheSameEverywhereArePublic) {
  for (const char* const address : {"192.0.2.1", "8.8.8.8", "100.63.255.255", "100.128.0.0", "2001:db8::1"}) {
    EXPECT_TRUE(is_public(*IpAddress::parse(address))) << address;
  }
  for (const char* const address : {"10.0.0.1", "100.64.0.0", "100.127.255.255", "0.0.0.0", "127.0.0.1", "224.0.0.1",
                                    "240.0.0.1", "fe80::1", "fd00::1", "::1", "::"}) {
    EXPECT_FALSE(is_public(*IpAddress::parse(address))) << address;
  }
}

}  // namespace
}  // namespace stp::portmap
