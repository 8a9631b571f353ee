// Url: an absolute http, https or udp URL (RFC 3986), as people, links, .torrent files and redirects write it.
//
//   http://host/path?query                80, and 443 for https, unless a port is written; udp has no default port
//   http://[fe80::1%25eth0]:65000/path    a zone as RFC 6874 writes it ("%eth0" is also understood)
//
// What ends up in a request is checked here once: a URL that gets through has no control characters, spaces, line ends,
// user names or fragment.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "core/host_port.h"
#include "core/result.h"

namespace stp {

/// The longest URL that is accepted.
inline constexpr std::size_t kUrlBytesMax = 2048;

struct Url {
  enum class Scheme : std::uint8_t { http, https, udp };

  Scheme scheme = Scheme::http;
  std::string host;    // a name or an IP address; IPv6 without brackets, with its zone if any
  Port port = 0;       // 0: none is written, and the scheme has no default
  std::string target;  // path and query as they are written; may be empty, or begin with '?'

  /// `bare_port`: unless it is 0, "host", "host:port" and so on without a scheme are read as http, with this port if
  /// none is written. Errors: malformed, and unsupported for other schemes; the messages say what to write instead.
  [[nodiscard]] static Result<Url> parse(std::string_view text, Port bare_port = 0);

  /// For the Host field and for TLS: the host, in brackets and without zone if it is IPv6, and the port unless it is
  /// the scheme's own.
  [[nodiscard]] std::string authority() const;
  /// "https://host:port", as a URL without its target.
  [[nodiscard]] std::string origin() const;
  /// What an HTTP request names (RFC 9112 §3.2.1): `target` with a '/' at its beginning.
  [[nodiscard]] std::string request_target() const { return target.starts_with('/') ? target : "/" + target; }
  /// The whole URL.
  [[nodiscard]] std::string to_string() const { return origin() + target; }

  bool operator==(const Url&) const = default;
};

/// "http", "https", "udp".
[[nodiscard]] std::string_view to_string(Url::Scheme scheme);

/// An error about the URL `text`, which is quoted so that nothing in it can steer a terminal.
[[nodiscard]] Error url_error(ErrorKind kind, std::string_view text, std::string_view why);

/// "[fe80::1%eth0]:80" as a URL has it: "[fe80::1%25eth0]:80" (RFC 6874).
[[nodiscard]] std::string escape_zone(std::string text);

}  // namespace stp
