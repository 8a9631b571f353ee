#include "net/web_file.h"

#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/steady_timer.hpp>
#include <optional>
#include <utility>

#include "core/text.h"
#include "http/redirect.h"
#include "net/http_client.h"
#include "net/resolver.h"

namespace stp::net {
namespace {

Error refusal_of(unsigned status) {
  const std::string words = "the server answers with status " + std::to_string(status);
  switch (status) {
    case 401:
    case 403: return {ErrorKind::denied, words + " (not allowed)"};
    case 404:
    case 410: return {ErrorKind::not_found, words + " (there is no such file)"};
    case 429:
    case 503: return {ErrorKind::busy, words + " (busy; try again later)"};
    default: return {ErrorKind::other, words};
  }
}

/// One fetch: its parts end before the io_context.
class Fetch {
 public:
  Fetch(boost::asio::io_context& io, const WebFileOptions& options)
      : io_(io), options_(options), resolver_(io), http_(io), cancel_(io), deadline_(io) {
    deadline_.expires_after(options.timeout);
    deadline_.async_wait([this](const boost::system::error_code& failed) {
      if (!failed) end(Error{ErrorKind::io, "no whole answer within the time limit"});
    });
    if (options.cancel < 0) return;
    boost::system::error_code error;
    cancel_.assign(options.cancel, error);
    if (error) return;
    cancel_.async_wait(boost::asio::posix::stream_descriptor::wait_read,
                       [this](const boost::system::error_code& failed) {
                         if (!failed) end(Error{ErrorKind::other, "interrupted"});
                       });
  }
  ~Fetch() {
    if (cancel_.is_open()) cancel_.release();  // it belongs to the caller
  }
  Fetch(const Fetch&) = delete;
  Fetch& operator=(const Fetch&) = delete;

  void get(const Url& url) {
    url_ = url;
    const HostPort server{url.host, url.port};
    resolver_.resolve(server, [this](const Result<std::vector<Endpoint>>& found) {
      if (!found) return end(found.error());
      Result<std::vector<Endpoint>> servers = redirects_.allowed(*found);
      if (!servers) return end(servers.error());
      HttpRequest request;
      request.url = url_;
      request.servers = *std::move(servers);
      request.agent = options_.agent;
      request.timeout = options_.timeout;
      request.body_bytes_max = options_.bytes_max;
      http_.send(std::move(request), [this](Result<http::Response> response) {
        if (!response) return end(response.error());
        take(*std::move(response));
      });
    });
  }

  std::optional<Result<WebFile>> outcome;

 private:
  void take(http::Response response) {
    if (!response.location.empty()) return follow(response);
    if (response.status != 200) return end(refusal_of(response.status));
    end(WebFile{std::move(response.body), std::move(response.content_type)});
  }

  void follow(const http::Response& response) {
    const std::string& location = response.location;
    if (ascii_lower(location).starts_with("magnet:")) return end(WebFile{to_bytes(as_bytes(location)), {}});
    const Result<Url> next = redirects_.follow(url_, location, response.from);
    if (!next) return end(next.error());
    get(*next);
  }

  void end(Result<WebFile> result) {
    if (!outcome) outcome.emplace(std::move(result));
    io_.stop();
  }

  boost::asio::io_context& io_;
  const WebFileOptions& options_;
  Resolver resolver_;
  HttpClient http_;
  boost::asio::posix::stream_descriptor cancel_;
  boost::asio::steady_timer deadline_;
  Url url_;
  http::RedirectChain redirects_;
};

}  // namespace

Result<WebFile> fetch_web_file(const Url& url, const WebFileOptions& options) {
  if (url.scheme == Url::Scheme::udp) return Error{ErrorKind::unsupported, "not a web address"};
  boost::asio::io_context io(1);
  Fetch fetch(io, options);
  fetch.get(url);
  io.run();
  STP_ASSERT(fetch.outcome.has_value());
  return *std::move(fetch.outcome);
}

}  // namespace stp::net
