#include "net/tracker_probe.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <boost/asio/ip/udp.hpp>
#include <thread>

#include "net/address.h"
#include "script_server.h"

namespace stp::net {
namespace {

using boost::asio::ip::udp;
using testing::HasSubstr;

/// A server whose loop runs on a thread of its own, as the probe blocks this one.
class HttpTracker {
 public:
  explicit HttpTracker(std::string reply) : server_(io_, std::move(reply)), thread_([this] { io_.run(); }) {}
  ~HttpTracker() { stop(); }
  [[nodiscard]] Url url() const {
    return Url::parse("http://127.0.0.1:" + std::to_string(server_.port()) + "/announce").value();
  }
  /// What it was asked first. Ends it.
  [[nodiscard]] std::string head() {
    stop();
    return server_.heads().empty() ? "" : server_.heads().front();
  }

 private:
  void stop() {
    io_.stop();
    if (thread_.joinable()) thread_.join();
  }

  boost::asio::io_context io_{1};
  ScriptServer server_;
  std::thread thread_;
};

TEST(TrackerProbe, AnHttpTrackerThatAnswersWorksAndSaysWhatTimeItIs) {
  HttpTracker tracker(
      "HTTP/1.1 200 OK\r\nDate: Sun, 06 Nov 1994 08:49:37 GMT\r\nContent-Length: 18\r\n\r\nd8:intervali1800ee");
  const Result<TrackerAnswer> answer = probe_tracker(tracker.url(), {"stp/test", 64500});
  ASSERT_TRUE(answer.ok()) << answer.error().message;
  EXPECT_EQ(answer->server_clock, 784111777);
  EXPECT_GT(answer->took, Duration::zero());
  const std::string head = tracker.head();
  EXPECT_THAT(head, HasSubstr("event=stopped"));  // it leaves nothing behind
  EXPECT_THAT(head, HasSubstr("port=64500"));
}

TEST(TrackerProbe, WhatIsWrongIsSaid) {
  const HttpTracker refusing("HTTP/1.1 200 OK\r\nContent-Length: 30\r\n\r\nd14:failure reason9:forbiddene");
  const HttpTracker absent("HTTP/1.1 404 Not Found\r\nDate: nonsense\r\nContent-Length: 0\r\n\r\n");
  const HttpTracker moved("HTTP/1.1 301 Moved\r\nLocation: http://192.0.2.1/\r\nContent-Length: 0\r\n\r\n");
  EXPECT_THAT(probe_tracker(refusing.url(), {"stp/test"}).error().message, HasSubstr("forbidden"));
  EXPECT_THAT(probe_tracker(absent.url(), {"stp/test"}).error().message, HasSubstr("HTTP 404"));
  EXPECT_THAT(probe_tracker(moved.url(), {"stp/test"}).error().message, HasSubstr("redirects"));
  EXPECT_FALSE(probe_tracker(Url::parse("http://127.0.0.1:1/announce").value(), {"stp/test"}).ok());
}

TEST(TrackerProbe, AUdpTrackerThatAnswersWorks) {
  boost::asio::io_context io;
  udp::socket socket(io, udp::endpoint(boost::asio::ip::address_v4::loopback(), 0));
  const Url url = Url::parse("udp://127.0.0.1:" + std::to_string(socket.local_endpoint().port())).value();
  // BEP 15: the transaction is at 12; the reply to both requests begins with the action and the transaction.
  std::thread tracker([&socket] {
    for (const std::uint32_t action : {0U, 1U}) {
      Bytes request(512);
      udp::endpoint from;
      boost::system::error_code error;
      const std::size_t bytes = socket.receive_from(boost::asio::buffer(request), from, 0, error);
      if (error || bytes < 16) return;
      Bytes reply(action == 0 ? 16 : 20);
      store_be(reply.data(), action);
      std::copy_n(request.begin() + 12, 4, reply.begin() + 4);
      if (action == 1) store_be(reply.data() + 8, std::uint32_t{1800});
      socket.send_to(boost::asio::buffer(reply), from, 0, error);
    }
  });
  const Result<TrackerAnswer> answer = probe_tracker(url, {"stp/test", 64500});
  if (!answer) socket.shutdown(udp::socket::shutdown_both);  // the thread must not wait for ever
  tracker.join();
  ASSERT_TRUE(answer.ok()) << answer.error().message;
  EXPECT_FALSE(answer->server_clock);
}

TEST(TrackerProbe, ATrackerThatIsSilentIsGivenUp) {
  boost::asio::io_context io;
  const udp::socket silent(io, udp::endpoint(boost::asio::ip::address_v4::loopback(), 0));
  const Url url = Url::parse("udp://127.0.0.1:" + std::to_string(silent.local_endpoint().port())).value();
  EXPECT_FALSE(probe_tracker(url, {"stp/test", 0, std::chrono::milliseconds(100)}).ok());
}

}  // namespace
}  // namespace stp::net
