#include "http/event_stream.h"

#include <gtest/gtest.h>

#include "http/request_parser.h"
#include "http/response_writer.h"

namespace stp::http {
namespace {

TEST(EventStream, LinesOfDataAreFieldsOfTheirOwn) {
  EXPECT_EQ(event_text("share", "{}"), "event: share\ndata: {}\n\n");
  EXPECT_EQ(event_text("note", "one\ntwo\r\nthree\r"), "event: note\ndata: one\ndata: two\ndata: three\ndata: \n\n");
}

TEST(EventStream, WhatWaitsComesInOrderAndOnce) {
  EventQueue queue(100);
  queue.push("a\n\n");
  queue.push("b\n\n");
  EXPECT_EQ(queue.take(), "a\n\nb\n\n");
  EXPECT_EQ(queue.take(), "");
  EXPECT_FALSE(queue.finished());
  queue.push("c\n\n");
  queue.end();
  queue.push("d\n\n");
  EXPECT_FALSE(queue.finished());
  EXPECT_EQ(queue.take(), "c\n\n");
  EXPECT_TRUE(queue.finished());
}

TEST(EventStream, AListenerThatDoesNotReadIsToldToConnectAgain) {
  EventQueue queue(10);
  queue.push("12345\n\n");
  EXPECT_FALSE(queue.overrun());
  queue.push("6789\n\n");
  EXPECT_TRUE(queue.overrun());
  queue.push("0\n\n");
  EXPECT_EQ(queue.take(), "event: overrun\ndata: {\"message\":\"events were not read in time; connect again\"}\n\n");
  EXPECT_TRUE(queue.finished());
}

TEST(EventStream, ItsHeadHasNoLength) {
  std::string out;
  append_stream_head(out, kEventStreamType);
  EXPECT_EQ(out,
            "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nCache-Control: no-store\r\n"
            "X-Content-Type-Options: nosniff\r\nConnection: "
            "close\r\n\r\n");
}

TEST(ControlRequests, HaveMethodsOfTheirOwn) {
  const auto status = [](std::string_view head, Service service) {
    const ParsedRequest parsed = parse_request(std::string(head) + "\r\n\r\n", service);
    return parsed.outcome == ParsedRequest::Outcome::complete ? 200U : parsed.status;
  };
  EXPECT_EQ(status("POST / HTTP/1.1\r\nContent-Length: 2", Service::control), 200U);
  EXPECT_EQ(status("POST / HTTP/1.1", Service::control), 411U);
  EXPECT_EQ(status("POST / HTTP/1.1\r\nTransfer-Encoding: chunked", Service::control), 411U);
  EXPECT_EQ(status("DELETE / HTTP/1.1", Service::control), 200U);
  EXPECT_EQ(status("DELETE / HTTP/1.1\r\nContent-Length: 2", Service::control), 413U);
  EXPECT_EQ(status("PUT / HTTP/1.1", Service::control), 405U);
  EXPECT_EQ(status("POST / HTTP/1.1", Service::tracker), 405U);
  EXPECT_EQ(status("DELETE / HTTP/1.1", Service::tracker), 405U);
}

TEST(ControlRequests, SayWhereTheyComeFromAndWhatTheyCarry) {
  const std::string head =
      "POST / HTTP/1.1\r\nHost: stp\r\norigin: https://example.org\r\nContent-type: application/json; "
      "charset=utf-8\r\nContent-Length: 0\r\n\r\n";
  const ParsedRequest parsed = parse_request(head, Service::control);
  ASSERT_EQ(parsed.outcome, ParsedRequest::Outcome::complete);
  EXPECT_TRUE(parsed.request.from_page);
  EXPECT_EQ(parsed.request.content_type, "application/json; charset=utf-8");
  EXPECT_FALSE(parse_request("GET / HTTP/1.1\r\n\r\n").request.from_page);
}

}  // namespace
}  // namespace stp::http
