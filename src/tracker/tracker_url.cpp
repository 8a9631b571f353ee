#include "tracker/tracker_url.h"

namespace stp::tracker {

Result<Url> parse_tracker_url(std::string_view text) {
  Result<Url> url = Url::parse(text, kTrackerPort);
  if (!url && url.error().kind == ErrorKind::unsupported) {
    return url_error(ErrorKind::unsupported, text, "only http://, https:// and udp:// trackers are supported");
  }
  if (!url) return url.error();
  if (url->port == 0) {
    return url_error(ErrorKind::malformed, text, "a udp:// tracker needs a port, e.g. udp://tracker.example:6969");
  }
  std::string& target = url->target;
  if (target == "/") target.clear();
  if (url->scheme != Url::Scheme::udp && !target.starts_with('/')) target.insert(0, "/announce");
  return url;
}

std::string catalogue_target(const Url& url, std::string_view rest) {
  const std::string_view path = std::string_view(url.target).substr(0, url.target.find('?'));
  std::string_view prefix;
  for (std::size_t at = path.find("/announce"); at != std::string_view::npos; at = path.find("/announce", at + 1)) {
    const std::string_view behind = path.substr(at + std::string_view("/announce").size());
    if (!behind.empty() && behind.front() != '/' && behind.front() != '.') continue;
    prefix = path.substr(0, at);
    break;
  }
  return std::string(prefix) + "/api/shares" + std::string(rest);
}

std::string shown_tracker(const Url& url) {
  return url.origin() + (url.target == "/announce" || url.target.empty() ? "" : "/...");
}

}  // namespace stp::tracker
