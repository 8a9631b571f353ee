// Responder: what the tracker says to one HTTP request. No sockets: the HTTP server, the tests and the fuzzer call it
// alike.
//
// Spec: BEP 3, BEP 48, paths and contents in docs/protocol-tracker.md. A refused announce is HTTP 200 with a bencoded
// `failure reason`, as BEP 3 has it: clients show that text. Announce URLs are spelled as other trackers serve them,
// too: with further slashes, a file type ("/announce.php") or a passkey in front or behind, which is ignored.
//
// It keeps counters instead of writing logs: nothing here depends on the rate of requests but the numbers.
// Not thread-safe, as the registry is not; a server with several threads gives each its own pair. The registry must
// outlive the responder.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "core/bytes.h"
#include "core/endpoint.h"
#include "core/time.h"
#include "tracker/http_request.h"
#include "tracker/registry.h"

namespace stp::tracker {

struct ResponderOptions {
  /// Proxies of our own: of what comes from them, X-Forwarded-For names the client. Its last entry is the one that the
  /// proxy wrote; where that is another of these, the one before, and so on. Anybody else's header counts for nothing.
  std::vector<IpAddress> trusted_proxies;
};

/// How often each thing happened.
struct ResponderCounters {
  std::uint64_t announces = 0;  // answered with peers or counts
  std::uint64_t scrapes = 0;
  std::uint64_t failures = 0;  // answered with a failure reason
  std::uint64_t not_found = 0;
};

/// The answer to one request, without the HTTP head.
struct HttpReply {
  unsigned status = 200;
  std::string_view content_type = "text/plain";
  Bytes body;
};

class Responder {
 public:
  explicit Responder(Registry& registry, ResponderOptions options = {});

  /// `source`: the address the connection comes from.
  [[nodiscard]] HttpReply respond(const HttpHead& request, const IpAddress& source, Instant now);

  [[nodiscard]] const ResponderCounters& counters() const { return counters_; }

 private:
  [[nodiscard]] bool is_proxy(const IpAddress& address) const;
  [[nodiscard]] std::optional<IpAddress> client_address(const HttpHead& request, const IpAddress& source) const;
  [[nodiscard]] HttpReply announce(const HttpHead& request, std::string_view query, const IpAddress& source,
                                   Instant now);
  [[nodiscard]] HttpReply scrape(std::string_view query, Instant now);
  [[nodiscard]] HttpReply failure(std::string_view reason);

  Registry& registry_;
  ResponderOptions options_;
  ResponderCounters counters_;
};

}  // namespace stp::tracker
