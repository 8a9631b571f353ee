// What answers the requests of a ControlSocket, and what it answers with.
#pragma once

#include <cstdint>
#include <memory>
#include <string_view>

#include "http/message.h"
#include "net/body_source.h"

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

}  // namespace stp::net
