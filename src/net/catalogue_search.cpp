#include "net/catalogue_search.h"

#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <optional>
#include <utility>
#include <vector>

#include "core/shown_text.h"
#include "net/http_client.h"
#include "net/resolver.h"
#include "tracker/catalogue_reply.h"
#include "tracker/tracker_url.h"

namespace stp::net {
namespace {

Result<tracker::SharePage> page_in(const http::Response& response) {
  if (!response.location.empty()) {
    return Error{ErrorKind::unsupported, "it redirects to " + escaped(response.location) + "; give that tracker's URL"};
  }
  const bool is_catalogue = response.content_type.starts_with(tracker::kJsonType);
  if (is_catalogue && response.status == 200) return tracker::decode_share_page(response.body);
  const std::string why = is_catalogue ? tracker::decode_catalogue_error(response.body) : std::string();
  if (why.empty()) return Error{ErrorKind::unsupported, "it has no catalogue of names"};
  return Error{response.status == 503 ? ErrorKind::busy : ErrorKind::other, why};
}

/// One search: its parts end before the io_context.
class Search {
 public:
  Search(boost::asio::io_context& io, HttpRequest request) : io_(io), resolver_(io), http_(io), cancel_(io) {
    const HostPort server{request.url.host, request.url.port};
    resolver_.resolve(server, [this, request = std::move(request)](const Result<std::vector<Endpoint>>& found) mutable {
      if (!found) return end(found.error());
      request.servers = *found;
      http_.send(std::move(request), [this](const Result<http::Response>& response) {
        end(response ? page_in(*response) : Result<tracker::SharePage>(response.error()));
      });
    });
  }
  ~Search() {
    if (cancel_.is_open()) cancel_.release();  // it belongs to the caller
  }
  Search(const Search&) = delete;
  Search& operator=(const Search&) = delete;

  void cancel_by(int descriptor) {
    boost::system::error_code error;
    cancel_.assign(descriptor, error);
    if (error) return;
    cancel_.async_wait(boost::asio::posix::stream_descriptor::wait_read,
                       [this](const boost::system::error_code& failed) {
                         if (!failed) end(Error{ErrorKind::other, "interrupted"});
                       });
  }

  std::optional<Result<tracker::SharePage>> outcome;

 private:
  void end(Result<tracker::SharePage> result) {
    if (!outcome) outcome.emplace(std::move(result));
    io_.stop();
  }

  boost::asio::io_context& io_;
  Resolver resolver_;
  HttpClient http_;
  boost::asio::posix::stream_descriptor cancel_;
};

}  // namespace

Result<tracker::SharePage> search_catalogue(const Url& tracker, const tracker::ShareQuery& query,
                                            const SearchOptions& options) {
  const auto at = [&tracker](const Error& error) {
    return Error{error.kind, tracker::shown_tracker(tracker) + ": " + error.message};
  };
  if (tracker.scheme == Url::Scheme::udp)
    return at({ErrorKind::unsupported, "a UDP tracker has no catalogue of names"});
  HttpRequest request;
  request.url = tracker;
  request.url.target = tracker::catalogue_target(tracker, "");
  if (const std::string text = tracker::share_query(query); !text.empty()) request.url.target += "?" + text;
  request.agent = options.agent;
  request.timeout = options.timeout;
  request.body_bytes_max = tracker::kPageBytesMax;
  boost::asio::io_context io(1);
  Search search(io, std::move(request));
  if (options.cancel >= 0) search.cancel_by(options.cancel);
  io.run();
  STP_ASSERT(search.outcome.has_value());
  if (!*search.outcome) return at(search.outcome->error());
  return *std::move(*search.outcome);
}

}  // namespace stp::net
