#include "http/response_writer.h"

#include <gtest/gtest.h>

namespace stp::http {
namespace {

std::string written(const Request& request, const Response& response) {
  std::string out = "before ";
  append_response(out, request, response);
  EXPECT_EQ(out.substr(0, 7), "before ");
  return out.substr(7);
}

TEST(AppendResponse, SaysWhatTheRequestNeeds) {
  Request request;
  request.keep_alive = true;
  EXPECT_EQ(written(request, {200, to_bytes("hi")}),
            "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 2\r\n\r\nhi");
  request.must_confirm = true;
  request.method = Method::head;
  EXPECT_EQ(written(request, {404, to_bytes("hi"), "text/html"}),
            "HTTP/1.1 404 Not Found\r\nContent-Type: text/html\r\nContent-Length: 2\r\nConnection: keep-alive\r\n\r\n");
  EXPECT_EQ(written({}, {400, {}}),
            "HTTP/1.1 400 Bad Request\r\nContent-Type: text/plain\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
}

TEST(AppendResponse, SaysWhenToAskAgain) {
  Response busy{503, to_bytes("no")};
  busy.retry_after = std::chrono::seconds(5);
  EXPECT_EQ(written({}, busy),
            "HTTP/1.1 503 Service Unavailable\r\nContent-Type: text/plain\r\nContent-Length: 2\r\nRetry-After: 5\r\n"
            "Connection: close\r\n\r\nno");
}

}  // namespace
}  // namespace stp::http
