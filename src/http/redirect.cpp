#include "http/redirect.h"

#include <string>

#include "core/shown_text.h"
#include "core/text.h"

namespace stp::http {
namespace {

/// `location` as a whole URL, unchecked; it is not empty.
std::string whole_url(const Url& from, std::string_view location) {
  const std::size_t colon = location.find(':');
  if (colon != std::string_view::npos && colon < location.find_first_of("/?")) return std::string(location);
  if (location.starts_with("//")) return std::string(to_string(from.scheme)) + ':' + std::string(location);
  if (location.front() == '/') return from.origin() + std::string(location);
  std::string path = from.target.substr(0, from.target.find('?'));
  if (location.front() != '?') path.resize(path.rfind('/') == std::string::npos ? 0 : path.rfind('/') + 1);
  if (path.empty()) path = "/";
  return from.origin() + path + std::string(location);
}

}  // namespace

Result<Url> resolve_redirect(const Url& from, std::string_view location) {
  location = trim_blanks(location);
  location = location.substr(0, location.find('#'));
  if (location.empty()) return Error{ErrorKind::malformed, "it redirects without saying where to"};
  Result<Url> url = Url::parse(whole_url(from, location));
  if (url ? url->scheme == Url::Scheme::udp : url.error().kind == ErrorKind::unsupported) {
    return Error{ErrorKind::unsupported, "it redirects to something that is neither http nor https"};
  }
  if (!url) return Error{url.error().kind, "it redirects to " + url.error().message};
  if (from.scheme == Url::Scheme::https && url->scheme == Url::Scheme::http) {
    return Error{ErrorKind::unsupported, "it redirects from https to " + escaped(url->origin()) +
                                             ", which is not encrypted; give that address if you trust it"};
  }
  url->target = url->request_target();
  return url;
}

Result<Url> RedirectChain::follow(const Url& from, std::string_view location,
                                  const std::optional<IpAddress>& answered) {
  if (length_ >= kRedirectsMax) {
    return Error{ErrorKind::unsupported, "it redirects more than " + std::to_string(kRedirectsMax) + " times"};
  }
  Result<Url> next = resolve_redirect(from, location);
  if (!next) return next;
  ++length_;
  outside_ = outside_ || (answered && !answered->is_local());
  return next;
}

Result<std::vector<Endpoint>> RedirectChain::allowed(std::span<const Endpoint> found) const {
  std::vector<Endpoint> allowed;
  const Endpoint* inside = nullptr;
  for (const Endpoint& each : found) {
    if (outside_ && each.address.is_local()) {
      inside = &each;
    } else {
      allowed.push_back(each);
    }
  }
  if (!allowed.empty() || inside == nullptr) return allowed;
  return Error{ErrorKind::denied,
               "it redirects to an address inside our own network (" + inside->address.to_string() + ")"};
}

}  // namespace stp::http
