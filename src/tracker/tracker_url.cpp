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

std::string shown_tracker(const Url& url) {
  return url.origin() + (url.target == "/announce" || url.target.empty() ? "" : "/...");
}

}  // namespace stp::tracker
