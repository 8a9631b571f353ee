// ControlSocket: HTTP/1.1 at a unix socket or a TCP port, for those who may steer this process: its owner. Boost.Asio
// for the connections, src/http for the bytes, a ControlHandler for the answers.
//
// A unix socket's file is 0600 in a directory that the caller has made 0700; besides, the kernel says who connects
// (SO_PEERCRED), and other users but root are turned away. So they are at a TCP port of a loopback address
// (loopback_owner.h), unless it is there for anybody. At any other address the handler has to know who asks.
//
// Few connections, which may stay: requests of one are answered in order, one at a time, and the answer may come later
// (files are accessed on other threads). It may be long, and made as the client reads it (body_source.h), or a stream of
// server-sent events that goes on until either side ends it (http/event_stream.h). Of these two, a client that sends
// nothing more gets nothing more: it has gone.
//
// Bounds: kConnectionsMax connections, of which the one longest without a request makes room; heads and bodies as in
// http/request_parser.h; kStreamBytesMax of unsent events per listener. A connection that is silent in the middle of a
// request is closed after kRequestTimeout. Lives on the network thread; the handler must outlive it.
#pragma once

#include <boost/asio/io_context.hpp>
#include <chrono>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "core/endpoint.h"
#include "core/result.h"
#include "core/time.h"
#include "http/message.h"
#include "net/body_source.h"
#include "net/loopback_owner.h"

namespace stp::net {

/// A listener of events. Kept by the sender; does nothing once the connection is gone.
class EventListener {
 public:
  virtual ~EventListener() = default;
  /// One event (http::event_text()). One that does not read them is dropped.
  virtual void send(std::string_view event) = 0;
  /// The same for what a new listener is sent first, of any length.
  virtual void send_first(std::string_view event) = 0;
  /// Nothing more comes: closes the connection when everything is sent.
  virtual void end() = 0;
  /// It is gone, or will get nothing more.
  [[nodiscard]] virtual bool gone() const = 0;
};

/// How one request is answered: exactly one call of these, now or later, on the network thread. Dropped without one:
/// the connection is closed.
class ControlReply {
 public:
  virtual ~ControlReply() = default;
  virtual void respond(http::Response response) = 0;
  /// A response whose body of `bytes` bytes is made as the client reads it. If the source gives less, the connection is
  /// closed early, which shows the client that something is missing.
  virtual void send(http::Response head, std::int64_t bytes, std::unique_ptr<BodySource> body) = 0;
  [[nodiscard]] virtual std::shared_ptr<EventListener> stream() = 0;
};

class ControlHandler {
 public:
  virtual ~ControlHandler() = default;
  /// `request` is valid only during the call.
  virtual void on_request(const http::Request& request, std::shared_ptr<ControlReply> reply) = 0;
  /// The answer to a request that is not served.
  [[nodiscard]] virtual http::Response refusal_of(unsigned status) = 0;
};

class ControlSocket {
 public:
  static constexpr std::size_t kConnectionsMax = 64;
  static constexpr std::size_t kStreamBytesMax = std::size_t{4} * 1024 * 1024;
  static constexpr Duration kRequestTimeout = std::chrono::seconds(30);
  /// The same for a client that does not read a long answer: a player that is paused.
  static constexpr Duration kBodyTimeout = std::chrono::minutes(10);
  /// A comment is sent to listeners this often: a connection that has broken is noticed.
  static constexpr Duration kStreamPulse = std::chrono::seconds(15);

  /// Replaces a socket that nobody listens at any more: the caller makes sure that there is no other process that
  /// should. Errors: limit (the path is too long for a socket), denied, io.
  [[nodiscard]] static Result<std::unique_ptr<ControlSocket>> open(boost::asio::io_context& io,
                                                                   const std::filesystem::path& path,
                                                                   ControlHandler& handler);
  /// Whose process has connected from `from` to `to`, both of this machine; called on a thread of its own.
  using OwnerLookup = std::function<std::optional<uid_t>(const Endpoint& from, const Endpoint& to)>;
  /// At a TCP port; 0 picks one. Without `lookup` whoever connects is served. Errors: exists (taken), denied, io; they name the address.
  [[nodiscard]] static Result<std::unique_ptr<ControlSocket>> open(boost::asio::io_context& io, const Endpoint& listen,
                                                                   ControlHandler& handler,
                                                                   OwnerLookup lookup = loopback_owner);
  /// Of a TCP port: where it listens, with the real port.
  [[nodiscard]] Endpoint local_endpoint() const;
  /// Removes the socket's file and closes every connection.
  ~ControlSocket();
  ControlSocket(const ControlSocket&) = delete;
  ControlSocket& operator=(const ControlSocket&) = delete;

 private:
  class State;
  class Connection;
  explicit ControlSocket(std::shared_ptr<State> state);
  std::shared_ptr<State> state_;
};

/// An error if `path` is too long for a unix socket; the message says what to do.
[[nodiscard]] Status check_socket_path(const std::filesystem::path& path);

}  // namespace stp::net
