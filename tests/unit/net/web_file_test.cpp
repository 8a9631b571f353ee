#include "net/web_file.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <boost/asio/io_context.hpp>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <thread>

#include "script_server.h"

namespace stp::net {
namespace {

using namespace std::chrono_literals;
using ::testing::HasSubstr;

/// A server on a thread of its own, as fetch_web_file() waits on this one.
class WebFileTest : public ::testing::Test {
 protected:
  ~WebFileTest() override {
    io_.stop();
    if (thread_.joinable()) thread_.join();
  }
  /// Answers each path so.
  void serve(std::map<std::string, std::string> pages) {
    server_.emplace(io_, [pages = std::move(pages)](const std::string& head) {
      const std::string path = head.substr(4, head.find(' ', 4) - 4);
      const auto page = pages.find(path);
      return page == pages.end() ? "HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n" : page->second;
    });
    thread_ = std::thread([this] {
      const auto work = boost::asio::make_work_guard(io_);
      io_.run();
    });
  }
  static std::string page(const std::string& body, const std::string& type = "application/x-bittorrent") {
    return "HTTP/1.1 200 OK\r\nContent-Type: " + type + "\r\nContent-Length: " + std::to_string(body.size()) +
           "\r\n\r\n" + body;
  }
  static std::string redirect(const std::string& to) {
    return "HTTP/1.1 302 Found\r\nLocation: " + to + "\r\nContent-Length: 0\r\n\r\n";
  }
  Result<WebFile> fetch(const std::string& path, std::uint64_t bytes_max = 1000) {
    WebFileOptions options;
    options.agent = "stp/test";
    options.bytes_max = bytes_max;
    options.cancel = cancel_;
    return fetch_web_file(Url::parse("http://127.0.0.1:" + std::to_string(server_->port()) + path).value(), options);
  }

  boost::asio::io_context io_;
  std::optional<ScriptServer> server_;
  std::thread thread_;
  int cancel_ = -1;
};

TEST_F(WebFileTest, GivesTheBytesAndTheirType) {
  serve({{"/a.torrent", page("d1:ae")}});
  const Result<WebFile> file = fetch("/a.torrent");
  ASSERT_TRUE(file) << file.error().message;
  EXPECT_EQ(as_text(file->bytes), "d1:ae");
  EXPECT_EQ(file->content_type, "application/x-bittorrent");
}

TEST_F(WebFileTest, FollowsRedirectsButNotForEver) {
  serve({{"/1", redirect("/2")}, {"/2", redirect("/3")}, {"/3", page("x")}, {"/loop", redirect("/loop")}});
  EXPECT_TRUE(fetch("/1"));
  const Result<WebFile> loop = fetch("/loop");
  ASSERT_FALSE(loop);
  EXPECT_EQ(loop.error().kind, ErrorKind::unsupported);
  EXPECT_THAT(loop.error().message, HasSubstr("more than 5 times"));
}

TEST_F(WebFileTest, ARedirectToAMagnetLinkIsItsContents) {
  serve({{"/a", redirect("magnet:?xt=urn:btih:c12fe1c06bba254a9dc9f519b335aa7c1367a88a")}});
  const Result<WebFile> file = fetch("/a");
  ASSERT_TRUE(file) << file.error().message;
  EXPECT_THAT(std::string(as_text(file->bytes)), HasSubstr("magnet:?xt=urn:btih:c12fe1"));
}

TEST_F(WebFileTest, ARedirectElsewhereIsRefused) {
  serve({{"/a", redirect("ftp://example/x.torrent")}});
  const Result<WebFile> file = fetch("/a");
  ASSERT_FALSE(file);
  EXPECT_THAT(file.error().message, HasSubstr("redirects to"));
}

TEST_F(WebFileTest, WhatIsTooLongIsRefused) {
  serve({{"/a", page(std::string(1001, 'x'))}, {"/b", page(std::string(1000, 'x'))}});
  const Result<WebFile> file = fetch("/a");
  ASSERT_FALSE(file);
  EXPECT_EQ(file.error().kind, ErrorKind::limit);
  EXPECT_TRUE(fetch("/b"));
}

TEST_F(WebFileTest, SaysWhatTheServerAnswered) {
  serve({{"/denied", "HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n"},
         {"/busy", "HTTP/1.1 503 Busy\r\nContent-Length: 0\r\n\r\n"},
         {"/broken", "HTTP/1.1 500 Oops\r\nContent-Length: 0\r\n\r\n"}});
  EXPECT_EQ(fetch("/gone").error().kind, ErrorKind::not_found);
  EXPECT_EQ(fetch("/denied").error().kind, ErrorKind::denied);
  EXPECT_EQ(fetch("/busy").error().kind, ErrorKind::busy);
  EXPECT_THAT(fetch("/broken").error().message, HasSubstr("500"));
}

TEST_F(WebFileTest, EndsWhenItIsCancelled) {
  serve({{"/silent", ""}});
  cancel_ = ::eventfd(1, EFD_CLOEXEC);
  const Result<WebFile> file = fetch("/silent");
  ::close(cancel_);
  ASSERT_FALSE(file);
  EXPECT_EQ(file.error().message, "interrupted");
}

}  // namespace
}  // namespace stp::net
