// What a Url (core/url.h) means as the URL of a tracker.
//
//   http://tracker.example                the same as http://tracker.example/announce
//   https://tracker.example:6969/x?key=y  a path and query of its own are kept
//   udp://tracker.example:6969/x?key=y    BEP 15; a port is needed, path and query are sent as BEP 41 says
//   tracker.example, [::1]:65000          a bare host: http, port 65000, /announce
#pragma once

#include <string>
#include <string_view>

#include "core/url.h"

namespace stp::tracker {

/// The port a tracker has unless told otherwise.
inline constexpr Port kTrackerPort = 65000;

/// The URL with a port and, for http and https, a target that begins with '/'. Errors as of Url::parse().
[[nodiscard]] Result<Url> parse_tracker_url(std::string_view text);

/// For a status line: the origin, and "/..." for a path of its own, which may hold a passkey.
[[nodiscard]] std::string shown_tracker(const Url& url);

}  // namespace stp::tracker
