#include "net/http_server.h"

#include <algorithm>
#include <boost/asio/buffer.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/system/error_code.hpp>
#include <list>
#include <string>
#include <utility>
#include <vector>

#include "http/request_parser.h"
#include "http/response_writer.h"
#include "net/address.h"
#include "net/listen.h"
#include "net/listen_error.h"
#include "net/process_metrics.h"

namespace stp::net {
namespace {

namespace asio = boost::asio;
using boost::asio::ip::tcp;
using boost::system::error_code;

// Bytes per read, and so the most unanswered requests that one connection keeps.
constexpr std::size_t kReadBytes = 64 * 1024;
// Once this much of the responses waits to be sent, further pipelined requests stay unread.
constexpr std::size_t kOutputBytesMax = 256 * 1024;
// Memory that a connection may keep for its next response.
constexpr std::size_t kOutputBytesKept = 4 * 1024;
// Discarded after a rejection before the connection is cut; closing with unread input would reset it and lose the
// response.
constexpr std::size_t kDrainBytesMax = http::kBodyBytesMax + 256 * 1024;
// Bodies that have not arrived as a whole, of all connections together.
constexpr std::size_t kBodiesBytesMax = 32 * http::kBodyBytesMax;
constexpr std::string_view kContinue = "HTTP/1.1 100 Continue\r\n\r\n";
// Connections accepted before others get their turn.
constexpr int kAcceptsMax = 64;
constexpr Duration kTick = std::chrono::seconds(1);

static_assert(http::kHeadBytesMax <= kReadBytes);

// Out of descriptors or memory: accepting resumes when there is room.
bool is_exhaustion(const error_code& error) {
  return error == asio::error::no_descriptors || error == asio::error::no_memory ||
         error == asio::error::no_buffer_space || error == boost::system::errc::too_many_files_open_in_system;
}

void append_metrics(metrics::List& list, const HttpServerCounters& counters) {
  using metrics::counter;
  list.push_back(counter("stp_http_connections_total", "Connections accepted", counters.accepted));
  list.push_back(metrics::gauge("stp_http_connections", "Connections open", static_cast<double>(counters.open)));
  list.push_back(counter("stp_http_requests_total", "Requests answered, with any status", counters.requests));
  list.push_back(counter("stp_http_refused_total", "Input that was not a request", counters.refused));
  list.push_back(counter("stp_http_timeouts_total", "Connections closed for silence", counters.timed_out));
  list.push_back(counter("stp_http_evictions_total", "Connections closed to make room for others", counters.evicted));
}

}  // namespace

// One client. While it is open it is in State's list, which owns it; handlers of running operations share it, so that
// it outlives them.
class HttpServer::Connection : public std::enable_shared_from_this<Connection> {
 public:
  using List = std::list<std::shared_ptr<Connection>>;

  Connection(State& state, tcp::socket socket, const IpAddress& source)
      : state_(state), socket_(std::move(socket)), source_(source) {}

  void on_readable();
  /// Closes the socket and leaves the list.
  void close();

  /// How much body it waits for; 0: for none.
  [[nodiscard]] std::size_t awaited_body() const { return body_bytes_; }

  List::iterator place;   // in State's list
  Instant last_progress;  // accepted, sent a response, or a head came whose body follows

 private:
  void wait_readable();
  /// Answers what is in `input_`, sends, and waits for whatever is missing.
  void pump();
  /// Parses and answers; keeps the rest in `input_`. Returns whether it stopped for lack of room in `output_`.
  bool answer(std::string_view input);
  /// A head has come whose body is still on its way: waits for it, or answers at once.
  void await_body(const http::ParsedRequest& parsed);
  void set_awaited_body(std::size_t bytes);
  /// Sends `output_`; false if that has to continue later or the connection is closed.
  bool send();
  void finish();

  State& state_;  // only while the socket is open
  tcp::socket socket_;
  IpAddress source_;
  std::string input_;
  std::string output_;
  std::size_t sent_ = 0;     // bytes of output_
  std::size_t drained_ = 0;  // bytes discarded since the refusal
  std::size_t wanted_ = 0;   // bytes of input_ without which there is nothing to answer
  std::size_t body_bytes_ = 0;
  bool last_answer_ = false;  // nothing more will be answered
  bool draining_ = false;
};

class HttpServer::State : public std::enable_shared_from_this<State> {
 public:
  State(asio::io_context& io, tracker::Registry& registry_in, Clock clock_in, const HttpServerOptions& options_in)
      : registry(registry_in),
        responder(registry_in, with_metrics(options_in.responder)),
        clock(std::move(clock_in)),
        options(options_in),
        acceptor(io),
        timer(io),
        read_buffer(kReadBytes) {}

  Status start() {
    // A response is one write and must not wait for the acknowledgement of the one before: TCP_NODELAY.
    constexpr int kBacklog = tcp::acceptor::max_listen_connections;
    error_code error = listen_on(acceptor, options.listen, kBacklog);
    const bool any = options.listen.address.is_v6() && options.listen.address.is_unspecified();
    if (any && no_such_family(error)) error = listen_on(acceptor, {IpAddress(), options.listen.port}, kBacklog);
    if (error) return listen_error(options.listen, error.value());
    wait_acceptable();
    tick();
    return Done{};
  }

  void stop() {
    stopped = true;
    error_code ignored;
    acceptor.close(ignored);
    timer.cancel();
    while (!connections.empty()) connections.front()->close();
  }

  /// Closes the connections that have waited longest for a body, except `newest`, until there is room for its own.
  void make_room_for(const Connection& newest) {
    for (auto at = connections.begin(); bodies_bytes > kBodiesBytesMax && at != connections.end();) {
      Connection& each = **at++;
      if (&each != &newest && each.awaited_body() > 0) each.close();
    }
  }

  void made_progress(Connection& connection) {
    connection.last_progress = clock();
    connections.splice(connections.end(), connections, connection.place);
  }

  tracker::Registry& registry;
  tracker::Responder responder;
  Clock clock;
  HttpServerOptions options;
  tcp::acceptor acceptor;
  asio::steady_timer timer;
  std::vector<char> read_buffer;  // used within one handler only
  Connection::List connections;   // longest without progress first
  HttpServerCounters counters;
  std::size_t bodies_bytes = 0;  // awaited_body() of all connections
  bool stopped = false;
  bool accepting = false;

  [[nodiscard]] HttpServerCounters counted() const {
    HttpServerCounters now = counters;
    now.open = connections.size();
    return now;
  }

 private:
  tracker::ResponderOptions with_metrics(tracker::ResponderOptions wanted) {
    wanted.append_metrics = [this](metrics::List& list) {
      append_metrics(list, counted());
      append_process_metrics(list);
    };
    return wanted;
  }

  void wait_acceptable() {
    accepting = true;
    acceptor.async_wait(tcp::acceptor::wait_read, [self = shared_from_this()](const error_code& /*error*/) {
      if (!self->stopped) self->accept();
    });
  }

  // Accepts all waiting clients, a bounded number at a time: asynchronous accepts cost two more system calls each.
  void accept() {
    for (int i = 0; i < kAcceptsMax; ++i) {
      tcp::endpoint remote;
      error_code error;
      tcp::socket socket = acceptor.accept(remote, error);
      if (error == asio::error::would_block) break;
      if (is_exhaustion(error)) {
        evict();
        accepting = false;  // tick() resumes it
        return;
      }
      // Any other error concerns a client that has already gone.
      if (!error) serve(std::move(socket), from_asio(remote.address()));
    }
    wait_acceptable();
  }

  void serve(tcp::socket socket, const IpAddress& source) {
    ++counters.accepted;
    error_code error;
    socket.non_blocking(true, error);
    if (error) return;
    if (connections.size() >= options.connections_max) evict();
    const auto connection = std::make_shared<Connection>(*this, std::move(socket), source);
    connection->place = connections.insert(connections.end(), connection);
    connection->last_progress = clock();
    // Usually the request has already arrived.
    connection->on_readable();
  }

  void evict() {
    if (connections.empty()) return;
    ++counters.evicted;
    connections.front()->close();
  }

  void tick() {
    const Instant now = clock();
    while (!connections.empty() && now - connections.front()->last_progress >= options.idle_timeout) {
      ++counters.timed_out;
      connections.front()->close();
    }
    const std::optional<Instant> due = registry.next_timeout();
    if (due && *due <= now) registry.handle_timeout(now);
    if (!accepting) wait_acceptable();
    timer.expires_after(
        std::chrono::duration_cast<asio::steady_timer::duration>(std::min(kTick, options.idle_timeout / 4)));
    timer.async_wait([self = shared_from_this()](const error_code& /*error*/) {
      if (!self->stopped) self->tick();
    });
  }
};

void HttpServer::Connection::wait_readable() {
  socket_.async_wait(tcp::socket::wait_read, [self = shared_from_this()](const error_code& error) {
    if (!self->socket_.is_open()) return;
    error ? self->close() : self->on_readable();
  });
}

void HttpServer::Connection::on_readable() {
  error_code error;
  const std::size_t size = socket_.read_some(asio::buffer(state_.read_buffer), error);
  if (error == asio::error::would_block) return wait_readable();
  if (error) return close();  // the client is done, or has gone
  if (draining_) {
    drained_ += size;
    return drained_ > kDrainBytesMax ? close() : wait_readable();
  }
  const std::string_view fresh(state_.read_buffer.data(), size);
  if (input_.empty()) {
    if (answer(fresh)) return pump();
  } else {
    input_ += fresh;
    // A body in many small pieces is not copied around for each of them.
    return input_.size() < wanted_ ? wait_readable() : pump();
  }
  if (send()) finish();
}

void HttpServer::Connection::pump() {
  bool more = true;
  while (more) {
    const std::string input = std::exchange(input_, {});
    more = answer(input);
    if (!send()) return;
  }
  finish();
}

void HttpServer::Connection::set_awaited_body(std::size_t bytes) {
  state_.bodies_bytes += bytes - body_bytes_;
  body_bytes_ = bytes;
}

void HttpServer::Connection::await_body(const http::ParsedRequest& parsed) {
  if (std::optional<http::Response> early = state_.responder.respond_early(parsed.request, source_, state_.clock())) {
    ++state_.counters.requests;
    http::Request last = parsed.request;
    last.keep_alive = last.must_confirm = false;
    http::append_response(output_, last, *early);
    last_answer_ = draining_ = true;
    return;
  }
  if (parsed.request.expects_continue) output_ += kContinue;
  set_awaited_body(parsed.body_bytes);
  state_.made_progress(*this);
  state_.make_room_for(*this);
}

bool HttpServer::Connection::answer(std::string_view input) {
  wanted_ = 0;
  while (!last_answer_) {
    if (output_.size() >= kOutputBytesMax) {
      input_ = input;
      return true;
    }
    const http::ParsedRequest parsed = http::parse_request(input);
    if (parsed.outcome == http::ParsedRequest::Outcome::incomplete) break;
    if (parsed.outcome == http::ParsedRequest::Outcome::refused) {
      ++state_.counters.refused;
      http::append_response(output_, {}, {parsed.status, {}});
      last_answer_ = draining_ = true;
      break;
    }
    const std::size_t whole = parsed.consumed + parsed.body_bytes;
    if (input.size() < whole) {
      if (body_bytes_ == 0) await_body(parsed);
      wanted_ = whole;
      break;
    }
    ++state_.counters.requests;
    http::Request request = parsed.request;
    request.body = input.substr(parsed.consumed, parsed.body_bytes);
    set_awaited_body(0);
    http::append_response(output_, request, state_.responder.respond(request, source_, state_.clock()));
    last_answer_ = !request.keep_alive;
    input.remove_prefix(whole);
    draining_ = last_answer_ && !input.empty();
  }
  if (!last_answer_) input_ = input;
  return false;
}

bool HttpServer::Connection::send() {
  const bool any = !output_.empty();
  while (sent_ < output_.size()) {
    error_code error;
    sent_ += socket_.write_some(asio::buffer(output_.data() + sent_, output_.size() - sent_), error);
    if (error == asio::error::would_block) {
      socket_.async_wait(tcp::socket::wait_write, [self = shared_from_this()](const error_code& failed) {
        if (!self->socket_.is_open()) return;
        failed ? self->close() : self->pump();
      });
      return false;
    }
    if (error) {
      close();
      return false;
    }
  }
  sent_ = 0;
  output_.clear();
  if (output_.capacity() > kOutputBytesKept) output_.shrink_to_fit();
  if (any) state_.made_progress(*this);
  return true;
}

void HttpServer::Connection::finish() {
  if (last_answer_ && !draining_) return close();
  if (draining_) {
    error_code ignored;
    socket_.shutdown(tcp::socket::shutdown_send, ignored);
  }
  wait_readable();
}

void HttpServer::Connection::close() {
  // Leaving the list may drop the last reference.
  const std::shared_ptr<Connection> self = std::move(*place);
  state_.connections.erase(place);
  set_awaited_body(0);
  error_code ignored;
  socket_.close(ignored);
}

HttpServer::HttpServer(std::shared_ptr<State> state) : state_(std::move(state)) {}

HttpServer::~HttpServer() {
  stop();
}

Result<std::unique_ptr<HttpServer>> HttpServer::open(asio::io_context& io, tracker::Registry& registry, Clock clock,
                                                     const HttpServerOptions& options) {
  auto state = std::make_shared<State>(io, registry, std::move(clock), options);
  const Status started = state->start();
  if (!started) return started.error();
  return std::unique_ptr<HttpServer>(new HttpServer(std::move(state)));
}

Endpoint HttpServer::local_endpoint() const {
  error_code error;
  const tcp::endpoint local = state_->acceptor.local_endpoint(error);
  return error ? Endpoint{} : from_asio(local);
}

HttpServerCounters HttpServer::counters() const {
  HttpServerCounters counters = state_->counters;
  counters.open = state_->connections.size();
  return counters;
}

tracker::Responder& HttpServer::responder() {
  return state_->responder;
}

void HttpServer::stop() {
  state_->stop();
}

}  // namespace stp::net
