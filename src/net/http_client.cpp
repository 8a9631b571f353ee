#include "net/http_client.h"

#include <boost/asio/steady_timer.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <boost/beast/http.hpp>
#include <optional>
#include <utility>
#include <vector>

#include "net/address.h"

namespace stp::net {

namespace beast = boost::beast;
namespace http = beast::http;
using boost::asio::ip::tcp;
using boost::system::error_code;

// One request from look-up to answer. Kept alive by the operation it waits for.
class HttpClient::Exchange : public std::enable_shared_from_this<HttpClient::Exchange> {
 public:
  Exchange(boost::asio::io_context& io, HttpRequest request, Answer answer)
      : request_(std::move(request)), answer_(std::move(answer)), stream_(io), deadline_(io) {}

  void start(Resolver& resolver) {
    deadline_.expires_after(request_.timeout);
    deadline_.async_wait([self = shared_from_this()](const error_code& error) {
      if (!error) self->fail(ErrorKind::io, "does not answer");
    });
    resolver.resolve(request_.server, [self = shared_from_this()](Result<std::vector<Endpoint>> found) {
      if (!found) return self->finish(found.error());
      for (const Endpoint& endpoint : *found) self->endpoints_.push_back(to_asio<tcp>(endpoint));
      self->connect();
    });
  }

 private:
  void connect() {
    if (!answer_) return;  // the deadline was first
    stream_.async_connect(endpoints_, [self = shared_from_this()](const error_code& error, const tcp::endpoint&) {
      if (error) return self->fail(ErrorKind::io, error.message());
      self->send();
    });
  }

  void send() {
    message_.version(11);
    message_.method(http::verb::get);
    message_.target(request_.target);
    message_.set(http::field::host, request_.authority);
    message_.set(http::field::user_agent, request_.agent);
    message_.keep_alive(false);
    http::async_write(stream_, message_, [self = shared_from_this()](const error_code& error, std::size_t) {
      if (error) return self->fail(ErrorKind::io, error.message());
      self->receive();
    });
  }

  void receive() {
    parser_.body_limit(request_.body_bytes_max);
    http::async_read(stream_, buffer_, parser_, [self = shared_from_this()](const error_code& error, std::size_t) {
      if (error == http::error::body_limit) return self->fail(ErrorKind::limit, "its reply is too long");
      if (error == http::error::end_of_stream) return self->fail(ErrorKind::io, "it closed without a reply");
      if (error && error.category() == beast::http::make_error_code(http::error::bad_version).category()) {
        return self->fail(ErrorKind::malformed, "its reply is not HTTP (" + error.message() + ")");
      }
      if (error) return self->fail(ErrorKind::io, error.message());
      self->finish(HttpReply{self->parser_.get().result_int(), std::move(self->parser_.get().body())});
    });
  }

  void fail(ErrorKind kind, const std::string& why) { finish(Error{kind, why}); }

  void finish(Result<HttpReply> result) {
    if (!answer_) return;
    const Answer call = std::exchange(answer_, nullptr);
    deadline_.cancel();
    stream_.close();  // ends whatever is under way; its handler finds no answer to give
    call(std::move(result));
  }

  HttpRequest request_;
  Answer answer_;
  beast::tcp_stream stream_;
  boost::asio::steady_timer deadline_;
  std::vector<tcp::endpoint> endpoints_;
  http::request<http::empty_body> message_;
  beast::flat_buffer buffer_{64 * 1024};  // headers beyond that are refused
  http::response_parser<http::string_body> parser_;
};

void HttpClient::get(HttpRequest request, Answer answer) {
  std::make_shared<Exchange>(io_, std::move(request), std::move(answer))->start(resolver_);
}

}  // namespace stp::net
