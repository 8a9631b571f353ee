#include "net/control_socket.h"

#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <boost/asio/buffer.hpp>
#include <boost/asio/generic/stream_protocol.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/write.hpp>
#include <boost/system/error_code.hpp>
#include <cerrno>
#include <list>
#include <optional>
#include <utility>

#include "content/posix_file.h"
#include "core/shown_text.h"
#include "http/event_stream.h"
#include "http/request_parser.h"
#include "http/response_writer.h"
#include "net/address.h"
#include "net/clock.h"
#include "net/listen.h"
#include "net/listen_error.h"
#include "net/task_queue.h"

namespace stp::net {
namespace {

namespace asio = boost::asio;
using asio::generic::stream_protocol;
using local = asio::local::stream_protocol;
using asio::ip::tcp;
using boost::system::error_code;

constexpr std::size_t kChunkBytes = 64 * 1024;
constexpr Duration kAcceptPause = std::chrono::milliseconds(200);
/// What is still read, and dropped, after a refusal: closing with unread input could lose the answer.
constexpr std::size_t kDropBytesMax = 2 * http::kBodyBytesMax;

/// Whether processes of this user may steer this one.
bool may_steer(uid_t user) {
  return user == ::geteuid() || user == 0;
}

/// Whether the process at the other end may steer this one.
bool is_owner(local::socket& socket) {
  ucred peer{};
  socklen_t size = sizeof peer;
  if (::getsockopt(socket.native_handle(), SOL_SOCKET, SO_PEERCRED, &peer, &size) != 0) return false;
  return may_steer(peer.uid);
}

}  // namespace

// One client: reading ──request──▶ answering ──respond()──▶ reading, or ──stream()──▶ streaming, or closed.
//                                            ──send()──▶ sending ──all of the body──▶ reading
class ControlSocket::Connection final : public std::enable_shared_from_this<Connection> {
 public:
  using List = std::list<std::shared_ptr<Connection>>;

  Connection(State& state, stream_protocol::socket socket);

  void start() { read(); }
  void close();
  [[nodiscard]] bool waits_for_request() const { return !answering_ && !streaming_ && !writing_; }
  /// Closes it if it has been silent for too long; keeps a stream alive.
  void look(Instant now);

  // --- for Reply and Listener
  void respond(const http::Response& response);
  void send(const http::Response& head, std::int64_t bytes, std::unique_ptr<BodySource> body);
  void begin_stream();
  void send_event(std::string_view event, bool first);
  void end_stream();
  [[nodiscard]] bool gone() const { return closed_ || events_.overrun() || stream_ended_; }

  List::iterator place;

 private:
  void read();
  void take_input();
  void refuse(unsigned status);
  void write();
  void wrote();
  /// Asks for the next piece of the body.
  void pull();
  void take_piece(const Bytes& piece);

  State& state_;  // only while it is not closed
  stream_protocol::socket socket_;
  std::array<char, kChunkBytes> buffer_{};
  std::string input_;
  std::string output_;
  std::unique_ptr<BodySource> body_;  // while sending
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

class ControlSocket::State final : public std::enable_shared_from_this<State> {
 public:
  State(asio::io_context& io, ControlHandler& handler_in)
      : handler(handler_in), at_path(io), at_port(io), timer(io), pause(io), io_(io) {}

  Status listen(const std::filesystem::path& wanted) {
    if (Status fits = check_socket_path(wanted); !fits) return fits;
    error_code error;
    at_path.open(local(), error);
    if (!error) {
      ::unlink(wanted.c_str());
      at_path.bind(local::endpoint(wanted.string()), error);
    }
    // Its directory lets nobody else in, not even for the moment before this.
    if (!error && ::chmod(wanted.c_str(), 0600) != 0) error.assign(errno, boost::system::system_category());
    if (!error) at_path.listen(asio::socket_base::max_listen_connections, error);
    if (error) return content::file_error("listen at", wanted.string(), error.value());
    path = wanted;
    accept(at_path);
    tick();
    return Done{};
  }

  Status listen(const Endpoint& wanted, OwnerLookup lookup) {
    owner_of_ = std::move(lookup);
    if (const error_code error = listen_on(at_port, wanted, asio::socket_base::max_listen_connections)) {
      return listen_error(wanted, error.value());
    }
    accept(at_port);
    tick();
    return Done{};
  }

  void stop() {
    if (std::exchange(stopped, true)) return;
    error_code ignored;
    if (at_path.is_open()) ::unlink(path.c_str());
    at_path.close(ignored);
    at_port.close(ignored);
    timer.cancel();
    pause.cancel();
    lookups_.reset();
    lookup_thread_.reset();
    while (!connections.empty()) connections.front()->close();
  }

  std::filesystem::path path;  // of the unix socket
  ControlHandler& handler;
  local::acceptor at_path;  // one of the two is open
  tcp::acceptor at_port;
  asio::steady_timer timer;
  asio::steady_timer pause;
  Connection::List connections;  // the oldest first
  bool stopped = false;

 private:
  template <class Acceptor>
  void accept(Acceptor& acceptor) {
    using Socket = typename Acceptor::protocol_type::socket;
    acceptor.async_accept([self = shared_from_this(), &acceptor](const error_code& error, Socket socket) {
      if (self->stopped) return;
      if (!error) {
        return self->check(std::make_shared<Socket>(std::move(socket)));
      }
      // No descriptors, for instance: a moment later there may be some.
      self->pause.expires_after(std::chrono::duration_cast<asio::steady_timer::duration>(kAcceptPause));
      self->pause.async_wait([self, &acceptor](const error_code& failed) {
        if (!failed && !self->stopped) self->accept(acceptor);
      });
    });
  }

  void check(const std::shared_ptr<local::socket>& socket) {
    if (is_owner(*socket)) serve(stream_protocol::socket(std::move(*socket)));
    accept(at_path);
  }

  /// The kernel's list is as long as there are connections of whatever program, so it is read elsewhere. The next one is
  /// accepted after that: who connects again and again waits in the kernel.
  void check(const std::shared_ptr<tcp::socket>& socket) {
    error_code error;
    const Endpoint from = from_asio(socket->remote_endpoint(error));
    const Endpoint to = error ? Endpoint() : from_asio(socket->local_endpoint(error));
    if (error) return accept(at_port);
    if (!owner_of_ || !from.address.is_loopback()) {  // the handler knows who may ask
      serve(stream_protocol::socket(std::move(*socket)));
      return accept(at_port);
    }
    if (!lookups_) lookups_.emplace(lookup_thread_.emplace(io_, 1));
    const auto user = std::make_shared<std::optional<uid_t>>();
    lookups_->run([user, from, to, owner_of = owner_of_] { *user = owner_of(from, to); },
                  [this, socket, user] {  // not called after stop()
                    if (*user && may_steer(**user)) serve(stream_protocol::socket(std::move(*socket)));
                    accept(at_port);
                  });
  }

  void serve(stream_protocol::socket socket) {
    if (connections.size() >= kConnectionsMax) {
      const auto idle = std::ranges::find_if(connections, [](const auto& each) { return each->waits_for_request(); });
      if (idle == connections.end()) return;
      (*idle)->close();
    }
    const auto connection = std::make_shared<Connection>(*this, std::move(socket));
    connection->place = connections.insert(connections.end(), connection);
    connection->start();
  }

  void tick() {
    timer.expires_after(std::chrono::seconds(1));
    timer.async_wait([self = shared_from_this()](const error_code& error) {
      if (error || self->stopped) return;
      const Instant now = steady_now();
      for (auto at = self->connections.begin(); at != self->connections.end();) (*at++)->look(now);
      self->tick();
    });
  }

  asio::io_context& io_;
  OwnerLookup owner_of_;
  std::optional<TaskPool> lookup_thread_;  // from the first lookup on
  std::optional<TaskQueue> lookups_;
};

namespace {

/// What a handler holds of a connection.
template <class Connection>
class Listener final : public EventListener {
 public:
  explicit Listener(std::weak_ptr<Connection> connection) : connection_(std::move(connection)) {}
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
  std::weak_ptr<Connection> connection_;
};

template <class Connection>
class Reply final : public ControlReply {
 public:
  explicit Reply(std::weak_ptr<Connection> connection) : connection_(std::move(connection)) {}
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
    return std::make_shared<Listener<Connection>>(connection_);
  }

 private:
  std::weak_ptr<Connection> connection_;
  bool used_ = false;
};

}  // namespace

ControlSocket::Connection::Connection(State& state, stream_protocol::socket socket)
    : state_(state), socket_(std::move(socket)), since_(steady_now()) {}

void ControlSocket::Connection::read() {
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

void ControlSocket::Connection::take_input() {
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
  state_.handler.on_request(request, std::make_shared<Reply<Connection>>(weak_from_this()));
  // While it is answered: to notice that the client has gone, if it has.
  if (!closed_ && input_.size() < kDropBytesMax) read();
}

void ControlSocket::Connection::refuse(unsigned status) {
  http::append_response(output_, {}, state_.handler.refusal_of(status));
  last_ = true;
  write();
}

void ControlSocket::Connection::respond(const http::Response& response) {
  if (closed_) return;
  http::append_response(output_, answered_, response);
  last_ = !answered_.keep_alive;
  write();
}

void ControlSocket::Connection::send(const http::Response& head, std::int64_t bytes, std::unique_ptr<BodySource> body) {
  if (closed_) return;
  http::append_head(output_, answered_, head, bytes);
  last_ = !answered_.keep_alive;
  if (body) {
    body_ = std::move(body);
    body_left_ = bytes;
  }
  write();
}

void ControlSocket::Connection::pull() {
  body_->next([weak = weak_from_this()](Bytes piece) {
    if (const auto self = weak.lock()) self->take_piece(piece);
  });
}

void ControlSocket::Connection::take_piece(const Bytes& piece) {
  if (closed_) return;
  if (piece.empty()) return close();
  STP_ASSERT(static_cast<std::int64_t>(piece.size()) <= body_left_);
  body_left_ -= static_cast<std::int64_t>(piece.size());
  output_ = as_text(piece);
  write();
}

void ControlSocket::Connection::begin_stream() {
  if (closed_) return;
  streaming_ = true;
  http::append_stream_head(output_, http::kEventStreamType);
  write();
}

void ControlSocket::Connection::send_event(std::string_view event, bool first) {
  if (closed_ || !streaming_) return;
  first ? events_.push_first(event) : events_.push(event);
  write();
}

void ControlSocket::Connection::end_stream() {
  if (closed_ || !streaming_ || std::exchange(stream_ended_, true)) return;
  events_.end();
  write();
}

void ControlSocket::Connection::write() {
  if (closed_ || writing_) return;
  if (output_.empty() && streaming_) output_ = events_.take();
  if (output_.empty()) {
    if (streaming_ && events_.finished()) close();
    return;
  }
  writing_ = true;
  since_ = steady_now();
  asio::async_write(socket_, asio::buffer(output_), [self = shared_from_this()](const error_code& error, std::size_t) {
    self->writing_ = false;
    if (self->closed_) return;
    error ? self->close() : self->wrote();
  });
}

void ControlSocket::Connection::wrote() {
  output_.clear();
  since_ = steady_now();
  if (streaming_) return write();
  if (body_left_ > 0) return pull();
  body_.reset();
  answering_ = false;
  if (!last_) return take_input();
  error_code ignored;
  socket_.shutdown(stream_protocol::socket::shutdown_send, ignored);
  drained_ ? close() : read();
}

void ControlSocket::Connection::look(Instant now) {
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

void ControlSocket::Connection::close() {
  if (std::exchange(closed_, true)) return;
  const std::shared_ptr<Connection> self = std::move(*place);
  state_.connections.erase(place);
  body_.reset();
  error_code ignored;
  socket_.close(ignored);
}

Status check_socket_path(const std::filesystem::path& path) {
  if (path.string().size() < sizeof(sockaddr_un::sun_path)) return Done{};
  return Error{ErrorKind::limit, escaped(path.string()) + " is too long for a socket (at most " +
                                     std::to_string(sizeof(sockaddr_un::sun_path) - 1) +
                                     " bytes); set XDG_RUNTIME_DIR, or name a shorter directory with --state"};
}

Result<std::unique_ptr<ControlSocket>> ControlSocket::open(asio::io_context& io, const std::filesystem::path& path,
                                                           ControlHandler& handler) {
  auto state = std::make_shared<State>(io, handler);
  if (Status listening = state->listen(path); !listening) return listening.error();
  return std::unique_ptr<ControlSocket>(new ControlSocket(std::move(state)));
}

Result<std::unique_ptr<ControlSocket>> ControlSocket::open(asio::io_context& io, const Endpoint& listen,
                                                           ControlHandler& handler, OwnerLookup lookup) {
  auto state = std::make_shared<State>(io, handler);
  if (Status listening = state->listen(listen, std::move(lookup)); !listening) return listening.error();
  return std::unique_ptr<ControlSocket>(new ControlSocket(std::move(state)));
}

Endpoint ControlSocket::local_endpoint() const {
  error_code error;
  const tcp::endpoint endpoint = state_->at_port.local_endpoint(error);
  return error ? Endpoint() : from_asio(endpoint);
}

ControlSocket::ControlSocket(std::shared_ptr<State> state) : state_(std::move(state)) {}

ControlSocket::~ControlSocket() {
  state_->stop();
}

}  // namespace stp::net
