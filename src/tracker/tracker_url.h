// TrackerUrl: where a tracker is, as people and .torrent files write it.
//
//   http://tracker.example/announce       as it stands; port 80 as usual in URLs
//   http://tracker.example:6969/x?key=y   a path and query of its own are kept
//   tracker.example, [::1]:65000          a bare host: http, port 65000, /announce
//
// What ends up in a request is checked here once: a URL that gets through has no control characters, spaces or line
// ends.
#pragma once

#include <string>
#include <string_view>

#include "core/endpoint.h"
#include "core/result.h"

namespace stp::tracker {

/// The port a tracker has unless told otherwise.
inline constexpr Port kTrackerPort = 65000;
/// The longest URL that is accepted.
inline constexpr std::size_t kTrackerUrlBytesMax = 2048;

struct TrackerUrl {
  std::string host;  // a name or an IP address; IPv6 without brackets
  Port port = 0;
  std::string target;  // path and query, e.g. "/announce"

  /// Errors: malformed, and unsupported for https and udp; the messages say what to write instead.
  [[nodiscard]] static Result<TrackerUrl> parse(std::string_view text);

  /// For the Host field: the host, in brackets if it is IPv6, and the port unless it is 80.
  [[nodiscard]] std::string authority() const;
  /// For a status line: "http://host:port", and "/..." for a path of its own, which may hold a passkey.
  [[nodiscard]] std::string to_string() const;

  bool operator==(const TrackerUrl&) const = default;
};

}  // namespace stp::tracker
