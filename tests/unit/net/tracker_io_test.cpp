// A participant's tracker clients on real sockets: HTTP and UDP trackers that this test plays, on loopback.
#include "net/tracker_io.h"

#include <gtest/gtest.h>

#include <boost/asio/ip/v6_only.hpp>
#include <optional>

#include "io_test.h"
#include "net/address.h"
#include "net/clock.h"
#include "script_server.h"

namespace stp::net {
namespace {

using boost::asio::ip::udp;
using tracker::Family;

SwarmKey key() {
  SwarmKey key;
  key.bytes.fill(std::byte{7});
  return key;
}

std::string reply_with(std::string_view bencoded) {
  return "HTTP/1.1 200 OK\r\n\r\n" + std::string(bencoded);
}

// Answers connects and announces of BEP 15 with one peer.
class UdpTracker {
 public:
  UdpTracker(boost::asio::io_context& io, const IpAddress& address) : socket_(io, to_asio<udp>(Endpoint{address, 0})) {
    receive();
  }
  [[nodiscard]] Endpoint endpoint() const { return from_asio(socket_.local_endpoint()); }
  [[nodiscard]] const std::vector<Bytes>& announces() const { return announces_; }
  [[nodiscard]] const Endpoint& from() const { return from_; }

 private:
  void receive() {
    socket_.async_receive_from(boost::asio::buffer(buffer_), peer_,
                               [this](const boost::system::error_code& error, std::size_t size) {
                                 if (error) return;
                                 from_ = from_asio(peer_);
                                 answer(ByteSpan(buffer_).first(size));
                                 receive();
                               });
  }
  void answer(ByteSpan request) {
    const bool connect = request.size() == tracker::kUdpConnectBytes;
    Bytes reply;
    append(reply, request.subspan(8, 8));  // action and transaction
    if (connect) {
      append(reply, *from_hex("0102030405060708"));
    } else {
      announces_.push_back(to_bytes(request));
      append(reply, *from_hex("000007080000000100000002"));
      Endpoint{from_.address.is_v4() ? *IpAddress::parse("192.0.2.4") : *IpAddress::parse("2001:db8::6"), 6881}
          .append_compact(reply);
    }
    socket_.send_to(boost::asio::buffer(reply), peer_);
  }

  udp::socket socket_;
  udp::endpoint peer_;
  std::array<std::byte, 2048> buffer_{};
  std::vector<Bytes> announces_;
  Endpoint from_;
};

class TrackerIoTest : public IoTest {
 protected:
  void open(const std::string& url, const std::string& listen) {
    const IpAddress address = *IpAddress::parse(listen);
    app::ParticipantConfig config;
    config.families = families_of(address);
    participant_.emplace(std::move(config), rng_, steady_now());
    trackers_.emplace(TrackerIo::Parts{io_, *participant_, resolver_, rng_, address, "stp/test", [this] { drain(); }});
    app::ShareConfig share;
    share.swarm.keys.front().bytes[0] = std::byte{1};  // not the key that is announced here
    share.trackers.push_back(*tracker::parse_tracker_url(url));
    ASSERT_TRUE(participant_->add(app::ShareId{0}, std::move(share), steady_now()));
    client().start(key(), {64500, 1, 2, 3}, steady_now());
    drain();
  }
  [[nodiscard]] tracker::Client& client() { return *participant_->tracker(participant_->trackers().front()); }
  void drain() {
    trackers_->drain();
    while (const std::optional<discovery::FoundPeer> peer = client().poll_peer(key())) {
      found_.push_back(peer->endpoint);
    }
  }
  [[nodiscard]] std::string status() { return client().status(key(), steady_now()); }
  /// Waits until the tracker's line says `words`.
  [[nodiscard]] bool says(const std::string& words) {
    return run_until([&] { return status().find(words) != std::string::npos; });
  }
  static bool has_ipv6() {
    boost::asio::io_context io;
    boost::system::error_code error;
    boost::asio::ip::tcp::socket socket(io);
    socket.open(boost::asio::ip::tcp::v6(), error);
    if (!error) socket.bind({boost::asio::ip::address_v6::loopback(), 0}, error);
    return !error;
  }

  Rng rng_{11};
  Resolver resolver_{io_};
  std::optional<app::Participant> participant_;
  std::optional<TrackerIo> trackers_;
  std::vector<Endpoint> found_;
};

TEST_F(TrackerIoTest, OnlyFamiliesThatAreListenedOnAreAnnounced) {
  const auto families = [](const char* text) { return families_of(*IpAddress::parse(text)); };
  EXPECT_EQ(families("::"), (std::vector<Family>{Family::ipv4, Family::ipv6}));
  EXPECT_EQ(families("0.0.0.0"), std::vector<Family>{Family::ipv4});
  EXPECT_EQ(families("192.0.2.1"), std::vector<Family>{Family::ipv4});
  EXPECT_EQ(families("2001:db8::1"), std::vector<Family>{Family::ipv6});
}

TEST_F(TrackerIoTest, AnnouncesLeaveFromTheAddressThatIsListenedOn) {
  ScriptServer server(io_, reply_with("d8:intervali1800e5:peers6:\x01\x02\x03\x04\x05\x06"
                                      "e"));
  open("http://127.0.0.1:" + std::to_string(server.port()) + "/announce", "127.0.0.7");
  ASSERT_TRUE(run_until([&] { return !found_.empty(); }));
  EXPECT_EQ(server.from(), *IpAddress::parse("127.0.0.7"));
  EXPECT_EQ(found_, std::vector<Endpoint>{*Endpoint::parse("1.2.3.4:1286")});
}

TEST_F(TrackerIoTest, ATrackerOfAnotherFamilyThanWeListenOnIsNotAnnouncedTo) {
  if (!has_ipv6()) GTEST_SKIP() << "no IPv6 here";
  ScriptServer server(
      io_, [](const std::string&) { return reply_with("d5:peers0:e"); }, *IpAddress::parse("::1"));
  open("http://[::1]:" + std::to_string(server.port()) + "/announce", "127.0.0.1");
  ASSERT_TRUE(says("::1 has no IPv4 address, and we listen on no other")) << status();
  EXPECT_TRUE(server.heads().empty());
}

TEST_F(TrackerIoTest, AnAddressOfOneFamilyIsAnnouncedToOnceByWhoListensOnBoth) {
  ScriptServer server(io_, reply_with("d8:intervali1800e5:peers0:e"));
  open("http://127.0.0.1:" + std::to_string(server.port()) + "/announce", "::");
  ASSERT_TRUE(says(": 0 peers")) << status();
  EXPECT_EQ(server.heads().size(), 1U);
}

TEST_F(TrackerIoTest, AnIpv6AddressIsAnnouncedToOnceByWhoListensOnBoth) {
  if (!has_ipv6()) GTEST_SKIP() << "no IPv6 here";
  ScriptServer server(
      io_, [](const std::string&) { return reply_with("d8:intervali1800e5:peers0:e"); }, *IpAddress::parse("::1"));
  open("http://[::1]:" + std::to_string(server.port()) + "/announce", "::");
  ASSERT_TRUE(says(": 0 peers")) << status();
  EXPECT_EQ(server.heads().size(), 1U);
  EXPECT_NE(server.heads()[0].find("\r\nHost: [::1]:" + std::to_string(server.port()) + "\r\n"), std::string::npos);
}

TEST_F(TrackerIoTest, ARedirectIsFollowed) {
  ScriptServer target(io_, reply_with("d8:intervali1800e5:peers6:\x01\x02\x03\x04\x05\x06"
                                      "e"));
  ScriptServer server(io_, "HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:" + std::to_string(target.port()) +
                               "/other?key=mine\r\n\r\n");
  open("http://127.0.0.1:" + std::to_string(server.port()) + "/announce", "127.0.0.1");
  ASSERT_TRUE(run_until([&] { return !found_.empty(); }));
  EXPECT_EQ(target.heads().at(0).rfind("GET /other?key=mine&info_hash=", 0), 0U);
}

TEST_F(TrackerIoTest, AUdpTrackerIsConnectedToAndAnnouncedTo) {
  UdpTracker server(io_, kLoopback);
  open("udp://127.0.0.1:" + std::to_string(server.endpoint().port) + "/announce?key=mine", "127.0.0.8");
  ASSERT_TRUE(run_until([&] { return !found_.empty(); }));
  EXPECT_EQ(found_, std::vector<Endpoint>{*Endpoint::parse("192.0.2.4:6881")});
  EXPECT_EQ(server.from().address, *IpAddress::parse("127.0.0.8"));
  ASSERT_EQ(server.announces().size(), 1U);
  const std::string_view sent = as_text(server.announces()[0]);
  EXPECT_TRUE(sent.ends_with("/announce?key=mine"));
  client().stop(key(), steady_now());
  drain();
  ASSERT_TRUE(run_until([&] { return !client().withdrawing(); }));
  ASSERT_EQ(server.announces().size(), 2U) << "the goodbye";
}

TEST_F(TrackerIoTest, PeersOfAUdpReplyOverIpv6Have18Bytes) {
  if (!has_ipv6()) GTEST_SKIP() << "no IPv6 here";
  UdpTracker six(io_, *IpAddress::parse("::1"));
  open("udp://[::1]:" + std::to_string(six.endpoint().port), "::");
  ASSERT_TRUE(run_until([&] { return !found_.empty(); }));
  EXPECT_EQ(found_, std::vector<Endpoint>{*Endpoint::parse("[2001:db8::6]:6881")}) << "18 bytes a peer over IPv6";
}

TEST_F(TrackerIoTest, APeerGivenByNameIsLookedUp) {
  ScriptServer server(io_, reply_with("d8:intervali1800e5:peersld2:ip9:localhost4:porti6881eeee"));
  open("http://127.0.0.1:" + std::to_string(server.port()) + "/announce", "127.0.0.1");
  ASSERT_TRUE(run_until([&] { return !found_.empty(); }));
  EXPECT_TRUE(found_[0].address.is_loopback());
  EXPECT_EQ(found_[0].port, 6881);
}

TEST_F(TrackerIoTest, AnHtmlPageIsCalledSo) {
  ScriptServer server(io_, reply_with("<html>log in to the hotel network</html>"));
  open("http://127.0.0.1:" + std::to_string(server.port()) + "/announce", "127.0.0.1");
  EXPECT_TRUE(says(": an HTML page, not a tracker's reply, next try in ")) << status();
}

TEST_F(TrackerIoTest, AFailureReasonInsideAnHttpErrorIsRead) {
  ScriptServer server(io_, "HTTP/1.1 500 Oops\r\n\r\nd14:failure reason6:closede");
  open("http://127.0.0.1:" + std::to_string(server.port()) + "/announce", "127.0.0.1");
  EXPECT_TRUE(says(": failure reason 'closed', next try in ")) << status();
}

}  // namespace
}  // namespace stp::net
