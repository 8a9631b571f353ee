// What a Url (core/url.h) means as the URL of a tracker.
//
//   http://tracker.example                the same as http://tracker.example/announce
//   https://tracker.example:6969/x?key=y  its own path and query are kept
//   udp://tracker.example:6969/x?key=y    BEP 15; a port is required; path and query are sent as in BEP 41
//   tracker.example, [::1]:65000          a bare host: http, port 65000, /announce
#pragma once

#include <string>
#include <string_view>

#include "core/url.h"

namespace stp::tracker {

/// The default port of a tracker.
inline constexpr Port kTrackerPort = 65000;

/// The URL with a port and, for http and https, a target that begins with '/'. Errors as for Url::parse().
[[nodiscard]] Result<Url> parse_tracker_url(std::string_view text);

/// The target of the tracker's catalogue (catalogue_api.h): that of its announce URL with "/api/shares" and `rest` in
/// place of the part that names the announce, or without such a part at the root.
[[nodiscard]] std::string catalogue_target(const Url& url, std::string_view rest);

/// For a status line: the origin, and "/..." for its own path, which may contain a passkey.
[[nodiscard]] std::string shown_tracker(const Url& url);

}  // namespace stp::tracker
