// ControlConnection: one client of a ControlSocket. Its requests are answered in order, one at a time, and the answer may
// come later (files are accessed on other threads). It may be long, and made as the client reads it (body_source.h), or
// a stream of server-sent events that goes on until either side ends it (http/event_stream.h). Of these two, a client
// that sends nothing more gets nothing more: it has gone.
//
//   reading ──request──▶ answering ──respond()──▶ reading, or ──stream()──▶ streaming, or closed
//                                  ──send()──▶ sending ──all of the body──▶ reading
//
// Bounds: heads and bodies as in http/request_parser.h; kStreamBytesMax of unsent events. A client that is silent in the
// middle of a request is given up after kRequestTimeout.
#pragma once

#include <array>
#include <boost/asio/generic/stream_protocol.hpp>
#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "core/bytes.h"
#include "core/time.h"
#include "http/event_stream.h"
#include "http/message.h"
#include "net/control_handler.h"

namespace stp::net {

class ControlConnection final : public std::enable_shared_from_this<ControlConnection> {
 public:
  static constexpr std::size_t kStreamBytesMax = std::size_t{4} * 1024 * 1024;
  static constexpr Duration kRequestTimeout = std::chrono::seconds(30);
  /// The same for a client that does not read a long answer: a player that is paused.
  static constexpr Duration kBodyTimeout = std::chrono::minutes(10);
  /// A comment is sent to listeners this often: a connection that has broken is noticed.
  static constexpr Duration kStreamPulse = std::chrono::seconds(15);

  using Socket = boost::asio::generic::stream_protocol::socket;
  ControlConnection(Socket socket, ControlHandler& handler);

  /// `on_closed` is called once, when it has closed, and may be what holds it. Not called by the destructor.
  void start(std::function<void()> on_closed);
  void close();
  [[nodiscard]] bool waits_for_request() const { return !answering_ && !streaming_ && !writing_; }
  /// Closes it if it has been silent for too long; keeps a stream alive.
  void look(Instant now);

  // --- what the handler's answer comes to
  void respond(const http::Response& response);
  void send(const http::Response& head, std::int64_t bytes, std::unique_ptr<BodySource> body);
  void begin_stream();
  void send_event(std::string_view event, bool first);
  void end_stream();
  [[nodiscard]] bool gone() const { return closed_ || events_.overrun() || stream_ended_; }

 private:
  void read();
  void take_input();
  void refuse(unsigned status);
  void write();
  void wrote();
  /// Asks for the next piece of the body.
  void pull();
  void take_piece(Bytes piece);

  Socket socket_;
  ControlHandler& handler_;  // only while it is not closed
  std::function<void()> on_closed_;
  std::array<char, 64 * 1024> buffer_{};
  std::string input_;
  std::string output_;
  std::unique_ptr<BodySource> body_;  // while sending
  Bytes piece_;                       // of it, being sent
  std::int64_t body_left_ = 0;        // of it, not taken yet
  http::EventQueue events_{kStreamBytesMax};
  http::Request answered_;  // how the request in progress wants its answer; its texts are gone
  std::size_t dropped_ = 0;
  Instant since_;
  bool reading_ = false;
  bool continue_sent_ = false;  // for the request that is not whole yet
  bool answering_ = false;
  bool streaming_ = false;
  bool stream_ended_ = false;
  bool writing_ = false;
  bool last_ = false;     // closes after the answer
  bool drained_ = false;  // the other side sends nothing more
  bool closed_ = false;
};

}  // namespace stp::net
