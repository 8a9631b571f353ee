#include "net/catalogue_search.h"

#include <gtest/gtest.h>
#include <sys/eventfd.h>

#include <boost/asio/io_context.hpp>
#include <thread>

#include "content/posix_file.h"
#include "script_server.h"
#include "tracker/catalogue_reply.h"
#include "tracker/tracker_url.h"

namespace stp::net {
namespace {

/// A server on a thread of its own: the search waits on the test's.
class CatalogueSearchTest : public ::testing::Test {
 protected:
  ~CatalogueSearchTest() override {
    if (thread_.joinable()) end_server();
  }
  void end_server() {
    io_.stop();
    thread_.join();
  }
  Result<tracker::SharePage> search(const std::string& reply, const tracker::ShareQuery& query = {}) {
    const auto answer = [this, reply](const std::string& head) {
      head_ = head;
      return reply;
    };
    const auto server = std::make_unique<ScriptServer>(io_, answer);
    thread_ = std::thread([this] { io_.run(); });
    Result<tracker::SharePage> found = search_catalogue(url(*server), query, options_);
    end_server();  // so that head_ may be read
    return found;
  }
  static Url url(const ScriptServer& server) {
    return *tracker::parse_tracker_url("http://127.0.0.1:" + std::to_string(server.port()) + "/key/announce");
  }
  static std::string response(std::string_view status, ByteSpan body, std::string_view type = tracker::kJsonType) {
    return "HTTP/1.1 " + std::string(status) + "\r\nContent-Type: " + std::string(type) +
           "\r\nContent-Length: " + std::to_string(body.size()) + "\r\n\r\n" + std::string(as_text(body));
  }

  boost::asio::io_context io_;
  std::thread thread_;
  std::string head_;
  SearchOptions options_{"stp/test"};
};

TEST_F(CatalogueSearchTest, AsksAndReadsThePage) {
  const tracker::SharePage page{{{InfoHash{}, "film", 5, 1, 2, 3, std::chrono::seconds(4)}}, 1, 1};
  const Result<tracker::SharePage> found =
      search(response("200 OK", tracker::encode_share_page(page, "")), {"a b&c", tracker::ShareOrder::size, 2});
  ASSERT_TRUE(found.ok()) << found.error().message;
  EXPECT_EQ(*found, page);
  EXPECT_EQ(head_.substr(0, head_.find("\r\n")), "GET /key/api/shares?name=a%20b%26c&sort=size&page=2 HTTP/1.1");
}

struct BadAnswer {
  const char* name;
  std::string reply;
  ErrorKind kind;
  const char* says;
};
class BadAnswers : public CatalogueSearchTest, public ::testing::WithParamInterface<BadAnswer> {};

TEST_P(BadAnswers, AreReportedWithTheTracker) {
  const Result<tracker::SharePage> found = search(GetParam().reply);
  ASSERT_FALSE(found.ok());
  EXPECT_EQ(found.error().kind, GetParam().kind);
  EXPECT_EQ(found.error().message.rfind("http://127.0.0.1:", 0), 0U) << found.error().message;
  EXPECT_NE(found.error().message.find(GetParam().says), std::string::npos) << found.error().message;
}
INSTANTIATE_TEST_SUITE_P(
    Answers, BadAnswers,
    ::testing::Values(
        BadAnswer{"AnotherTracker", "HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n", ErrorKind::unsupported,
                  "no catalogue"},
        BadAnswer{"Page", "HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 2\r\n\r\nhi",
                  ErrorKind::unsupported, "no catalogue"},
        BadAnswer{"NotOurs", "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n[]",
                  ErrorKind::malformed, "not a page"},
        BadAnswer{"Busy",
                  "HTTP/1.1 503 X\r\nContent-Type: application/json\r\nContent-Length: 16\r\n\r\n{\"error\":\"busy\"}",
                  ErrorKind::busy, "bus"},
        BadAnswer{"Redirect",
                  "HTTP/1.1 302 Found\r\nLocation: http://elsewhere.example/\x7fx\r\nContent-Length: 0\r\n\r\n",
                  ErrorKind::unsupported, "redirects to http://elsewhere.example/"},
        BadAnswer{"Nothing", "HTTP/1.1 200", ErrorKind::io, ""}),
    [](const auto& row) { return row.param.name; });

TEST_F(CatalogueSearchTest, IsCancelled) {
  const content::Fd cancel(::eventfd(1, EFD_CLOEXEC));
  options_.cancel = cancel.get();
  const Result<tracker::SharePage> found = search("");
  ASSERT_FALSE(found.ok());
  EXPECT_EQ(found.error().kind, ErrorKind::other);
  std::uint64_t value = 0;
  EXPECT_EQ(::read(cancel.get(), &value, sizeof value), static_cast<ssize_t>(sizeof value));  // still open
}

TEST(CatalogueSearch, AUdpTrackerHasNone) {
  EXPECT_EQ(search_catalogue(*tracker::parse_tracker_url("udp://127.0.0.1:1"), {}, {}).error().kind,
            ErrorKind::unsupported);
}

}  // namespace
}  // namespace stp::net
