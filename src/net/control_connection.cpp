#include "net/control_connection.h"

#include <sys/socket.h>

#include <boost/asio/buffer.hpp>
#include <boost/asio/write.hpp>
#include <boost/system/error_code.hpp>
#include <utility>

#include "core/result.h"
#include "http/request_parser.h"
#include "http/response_writer.h"
#include "net/clock.h"

namespace stp::net {
namespace {

namespace asio = boost::asio;
using boost::system::error_code;

/// What is still read, and dropped, after a refusal: closing with unread input could lose the answer.
constexpr std::size_t kDropBytesMax = 2 * http::kBodyBytesMax;

/// What a handler holds of a connection.
class Listener final : public EventListener {
 public:
  explicit Listener(std::weak_ptr<ControlConnection> connection) : connection_(std::move(connection)) {}
  ~Listener() override { end(); }
  Listener(const Listener&) = delete;
  Listener& operator=(const Listener&) = delete;

  void send(std::string_view event) override {
    if (const auto connection = connection_.lock()) connection->send_event(event, false);
  }
  void send_first(std::string_view event) override {
    if (const auto connection = connection_.lock()) connection->send_event(event, true);
  }
  void end() override {
    if (const auto connection = connection_.lock()) connection->end_stream();
  }
  [[nodiscard]] bool gone() const override {
    const auto connection = connection_.lock();
    return !connection || connection->gone();
  }

 private:
  std::weak_ptr<ControlConnection> connection_;
};

class Reply final : public ControlReply {
 public:
  explicit Reply(std::weak_ptr<ControlConnection> connection) : connection_(std::move(connection)) {}
  ~Reply() override {
    if (const auto connection = connection_.lock(); connection && !used_) connection->close();
  }
  Reply(const Reply&) = delete;
  Reply& operator=(const Reply&) = delete;

  void respond(http::Response response) override {
    STP_ASSERT(!std::exchange(used_, true));
    if (const auto connection = connection_.lock()) connection->respond(response);
  }
  void send(http::Response head, std::int64_t bytes, std::unique_ptr<BodySource> body) override {
    STP_ASSERT(!std::exchange(used_, true));
    if (const auto connection = connection_.lock()) connection->send(head, bytes, std::move(body));
  }
  std::shared_ptr<EventListener> stream() override {
    STP_ASSERT(!std::exchange(used_, true));
    if (const auto connection = connection_.lock()) connection->begin_stream();
    return std::make_shared<Listener>(connection_);
  }

 private:
  std::weak_ptr<ControlConnection> connection_;
  bool used_ = false;
};

}  // namespace

ControlConnection::ControlConnection(Socket socket, ControlHandler& handler)
    : socket_(std::move(socket)), handler_(handler), since_(steady_now()) {}

void ControlConnection::start(std::function<void()> on_closed) {
  on_closed_ = std::move(on_closed);
  read();
}

void ControlConnection::read() {
  if (closed_ || std::exchange(reading_, true)) return;
  socket_.async_read_some(asio::buffer(buffer_),
                          [self = shared_from_this()](const error_code& error, std::size_t size) {
                            self->reading_ = false;
                            if (self->closed_) return;
                            if (error) {
                              self->drained_ = true;
                              // What it asked for is still answered; a listener that has gone is not sent anything.
                              if (self->waits_for_request() || self->streaming_ || self->body_) self->close();
                              return;
                            }
                            if (self->last_ || self->streaming_) {
                              self->dropped_ += size;
                              return self->dropped_ > kDropBytesMax ? self->close() : self->read();
                            }
                            self->input_.append(self->buffer_.data(), size);
                            if (self->waits_for_request()) return self->take_input();
                            // To notice that it has gone, which may be what it does next.
                            if (!self->body_) return;
                            self->input_.size() < kDropBytesMax ? self->read() : self->close();
                          });
}

void ControlConnection::take_input() {
  const http::ParsedRequest parsed = http::parse_request(input_, http::Service::control);
  if (parsed.outcome == http::ParsedRequest::Outcome::incomplete) return drained_ ? close() : read();
  if (parsed.outcome == http::ParsedRequest::Outcome::refused) return refuse(parsed.status);
  const std::size_t whole = parsed.consumed + parsed.body_bytes;
  if (input_.size() < whole) {
    if (drained_) return close();
    if (!parsed.request.expects_continue || std::exchange(continue_sent_, true)) return read();
    constexpr std::string_view kContinue = "HTTP/1.1 100 Continue\r\n\r\n";
    // One that does not read its answers is not waited for.
    const ssize_t sent =
        ::send(socket_.native_handle(), kContinue.data(), kContinue.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
    if (sent != static_cast<ssize_t>(kContinue.size())) return close();
    return read();
  }
  answering_ = true;
  continue_sent_ = false;
  answered_ = {};
  answered_.method = parsed.request.method;
  answered_.keep_alive = parsed.request.keep_alive;
  answered_.must_confirm = parsed.request.must_confirm;
  const std::string bytes = std::exchange(input_, input_.substr(whole));
  http::Request request = http::parse_request(bytes, http::Service::control).request;
  request.body = std::string_view(bytes).substr(parsed.consumed, parsed.body_bytes);
  handler_.on_request(request, std::make_shared<Reply>(weak_from_this()));
  // While it is answered: to notice that the client has gone, if it has.
  if (!closed_ && input_.size() < kDropBytesMax) read();
}

void ControlConnection::refuse(unsigned status) {
  http::append_response(output_, {}, handler_.refusal_of(status));
  last_ = true;
  write();
}

void ControlConnection::respond(const http::Response& response) {
  if (closed_) return;
  http::append_response(output_, answered_, response);
  last_ = !answered_.keep_alive;
  write();
}

void ControlConnection::send(const http::Response& head, std::int64_t bytes, std::unique_ptr<BodySource> body) {
  if (closed_) return;
  http::append_head(output_, answered_, head, bytes);
  last_ = !answered_.keep_alive;
  if (body) {
    if (drained_) return close();  // it has gone meanwhile
    body_ = std::move(body);
    body_left_ = bytes;
  }
  write();
}

void ControlConnection::pull() {
  body_->next([weak = weak_from_this()](Bytes piece) {
    if (const auto self = weak.lock()) self->take_piece(std::move(piece));
  });
}

void ControlConnection::take_piece(Bytes piece) {
  if (closed_) return;
  if (piece.empty()) return close();
  STP_ASSERT(static_cast<std::int64_t>(piece.size()) <= body_left_);
  body_left_ -= static_cast<std::int64_t>(piece.size());
  piece_ = std::move(piece);
  write();
}

void ControlConnection::begin_stream() {
  if (closed_) return;
  streaming_ = true;
  http::append_stream_head(output_, http::kEventStreamType);
  write();
}

void ControlConnection::send_event(std::string_view event, bool first) {
  if (closed_ || !streaming_) return;
  first ? events_.push_first(event) : events_.push(event);
  write();
}

void ControlConnection::end_stream() {
  if (closed_ || !streaming_ || std::exchange(stream_ended_, true)) return;
  events_.end();
  write();
}

void ControlConnection::write() {
  if (closed_ || writing_) return;
  if (output_.empty() && streaming_) output_ = events_.take();
  if (output_.empty() && piece_.empty()) {
    if (streaming_ && events_.finished()) close();
    return;
  }
  writing_ = true;
  since_ = steady_now();
  const std::array<asio::const_buffer, 2> parts = {asio::buffer(output_), asio::buffer(piece_)};
  asio::async_write(socket_, parts, [self = shared_from_this()](const error_code& error, std::size_t) {
    self->writing_ = false;
    if (self->closed_) return;
    error ? self->close() : self->wrote();
  });
}

void ControlConnection::wrote() {
  output_.clear();
  piece_.clear();
  since_ = steady_now();
  if (streaming_) return write();
  if (body_left_ > 0) return pull();
  body_.reset();
  answering_ = false;
  if (!last_) return take_input();
  error_code ignored;
  socket_.shutdown(Socket::shutdown_send, ignored);
  drained_ ? close() : read();
}

void ControlConnection::look(Instant now) {
  const Duration silent = now - since_;
  if (streaming_) {
    if (writing_ && silent >= kRequestTimeout) return close();  // it does not read
    if (!writing_ && silent >= kStreamPulse) send_event(": \n\n", false);
    return;
  }
  const bool idle = waits_for_request() && input_.empty() && !last_;
  const bool is_our_turn = answering_ && !writing_;
  if (idle || is_our_turn) {
    since_ = now;
  } else if (silent >= (body_ ? kBodyTimeout : kRequestTimeout)) {
    close();
  }
}

void ControlConnection::close() {
  if (std::exchange(closed_, true)) return;
  const std::shared_ptr<ControlConnection> self = shared_from_this();
  std::exchange(on_closed_, nullptr)();
  body_.reset();
  error_code ignored;
  socket_.close(ignored);
}

}  // namespace stp::net
