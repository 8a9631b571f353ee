// Responder: the tracker's response to one HTTP request. No sockets: the HTTP server, the tests and the fuzzer call it.
//
// Spec: BEP 3, BEP 48, paths and contents in docs/protocol-tracker.md. A refused announce is HTTP 200 with a bencoded
// `failure reason`, as in BEP 3: clients show that text. Announce URLs may also be spelled as on other trackers: with
// extra slashes, a file type ("/announce.php") or a passkey before or after, which is ignored.
//
// With a catalogue it also serves that one's API (catalogue_api.h), and its announces make entries appear. A closed
// tracker (set_closed()) refuses announces of shares that its operator has not listed.
//
// What it counts, and what its server counts besides, is served at /metrics and /stats.json (metrics/exposition.h); both
// are written at most once per kFiguresAge, however many look. The page at "/" (web/page.h) shows that and the catalogue
// in a browser; it can see nothing that others can't.
//
// It keeps counters instead of writing logs: only the numbers depend on the rate of requests. Not thread-safe, like the
// registry; a server with several threads gives each its own pair. Registry and catalogue must outlive the responder.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string_view>
#include <vector>

#include "core/endpoint.h"
#include "core/time.h"
#include "core/trace.h"
#include "http/message.h"
#include "metrics/exposition.h"
#include "tracker/catalogue.h"
#include "tracker/catalogue_api.h"
#include "tracker/closed_list.h"
#include "tracker/registry.h"

namespace stp::tracker {

struct ResponderOptions {
  /// Our own proxies: in requests from them, X-Forwarded-For names the client. Its last entry is the one that the proxy
  /// wrote; if that is another of these proxies, the one before counts, and so on. Anybody else's header is ignored.
  std::vector<IpAddress> trusted_proxies;
  /// Null: the tracker keeps none.
  Catalogue* catalogue = nullptr;
  /// Appends what the server itself counts; null: nothing. Outlives the responder.
  std::function<void(metrics::List&)> append_metrics = nullptr;
  /// One line per request, only at Level::trace.
  trace::Tracer tracer = {};
};

/// How often each thing happened.
struct ResponderCounters {
  std::uint64_t announces = 0;  // answered with peers or counts
  std::uint64_t scrapes = 0;
  std::uint64_t failures = 0;   // answered with a failure reason
  std::uint64_t catalogue = 0;  // requests to the catalogue
  std::uint64_t not_found = 0;
};

class Responder {
 public:
  /// How old the answers at /metrics and /stats.json may be.
  static constexpr Duration kFiguresAge = std::chrono::seconds(1);

  explicit Responder(Registry& registry, ResponderOptions options = {});

  /// `source`: the address the connection comes from.
  [[nodiscard]] http::Response respond(const http::Request& request, const IpAddress& source, Instant now);

  /// The response to a request whose body has not arrived, if it does not depend on the body: then nobody has to send
  /// and keep it.
  [[nodiscard]] std::optional<http::Response> respond_early(const http::Request& request, const IpAddress& source,
                                                            Instant now);

  /// From now on only these shares are served, and no others are in the catalogue.
  void set_closed(ClosedList list);

  [[nodiscard]] const ResponderCounters& counters() const { return counters_; }

 private:
  [[nodiscard]] bool is_proxy(const IpAddress& address) const;
  [[nodiscard]] std::optional<IpAddress> client_address(const http::Request& request, const IpAddress& source) const;
  [[nodiscard]] http::Response answer(const http::Request& request, const IpAddress& source, Instant now);
  [[nodiscard]] http::Response announce(const http::Request& request, std::string_view query, const IpAddress& source,
                                        Instant now);
  [[nodiscard]] const http::Response& figures(metrics::Form form, Instant now);
  [[nodiscard]] http::Response scrape(std::string_view query, Instant now);
  [[nodiscard]] bool serves(const SwarmKey& swarm) const { return !closed_ || closed_->contains(swarm); }
  /// The request as one to the catalogue; nullopt if there is no catalogue, or the proxy does not say who asks.
  [[nodiscard]] std::optional<CatalogueApi::Call> catalogue_call(const http::Request& request,
                                                                 const CataloguePath& path, const IpAddress& source);
  [[nodiscard]] http::Response failure(std::string_view reason);
  void log_request(const http::Request& request, const IpAddress& source, const http::Response& reply,
                   Instant now) const;

  Registry& registry_;
  ResponderOptions options_;
  std::optional<CatalogueApi> catalogue_;
  std::optional<ClosedList> closed_;
  ResponderCounters counters_;
  struct Figures {
    Instant since;
    http::Response response;
  };
  std::map<metrics::Form, Figures> figures_;
};

}  // namespace stp::tracker
