// TrackerUrl: where a tracker is, as people, links, .torrent files and redirects write it.
//
//   http://tracker.example/announce       as it stands; port 80 as usual in URLs
//   https://tracker.example:6969/x?key=y  a path and query of its own are kept; port 443 unless told otherwise
//   udp://tracker.example:6969/x?key=y    BEP 15; a port is needed, path and query are sent as BEP 41 says
//   http://[fe80::1%25eth0]:65000/x       a zone as RFC 6874 writes it ("%eth0" is understood too)
//   tracker.example, [::1]:65000          a bare host: http, port 65000, /announce
//
// What ends up in a request is checked here once: a URL that gets through has no control characters, spaces or line
// ends.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "core/host_port.h"
#include "core/result.h"

namespace stp::tracker {

/// The port a tracker has unless told otherwise.
inline constexpr Port kTrackerPort = 65000;
/// The longest URL that is accepted.
inline constexpr std::size_t kTrackerUrlBytesMax = 2048;

enum class Scheme : std::uint8_t { http, https, udp };

struct TrackerUrl {
  Scheme scheme = Scheme::http;
  std::string host;  // a name or an IP address; IPv6 without brackets, with its zone if any
  Port port = 0;
  std::string target;  // path and query, e.g. "/announce"; may be empty for udp

  /// Errors: malformed, and unsupported for other schemes; the messages say what to write instead.
  [[nodiscard]] static Result<TrackerUrl> parse(std::string_view text);

  /// For the Host field and for TLS: the host, in brackets and without zone if it is IPv6, and the port unless it is
  /// the scheme's own.
  [[nodiscard]] std::string authority() const;
  /// "https://host:port", as a URL without its target.
  [[nodiscard]] std::string origin() const;
  /// For a status line: the origin, and "/..." for a path of its own, which may hold a passkey.
  [[nodiscard]] std::string to_string() const;

  bool operator==(const TrackerUrl&) const = default;
};

/// "http", "https", "udp".
[[nodiscard]] std::string_view to_string(Scheme scheme);

/// "[fe80::1%eth0]:80" as a URL has it: "[fe80::1%25eth0]:80" (RFC 6874).
[[nodiscard]] std::string escape_zone(std::string text);

}  // namespace stp::tracker
