#include "tracker/tracker_url.h"

#include <algorithm>
#include <charconv>
#include <optional>

#include "core/shown_text.h"
#include "core/text.h"
#include "tracker/tracker_reply.h"

namespace stp::tracker {
namespace {

constexpr Port kHttpPort = 80;
constexpr Port kHttpsPort = 443;
constexpr std::size_t kLabelBytesMax = 63;  // RFC 1035 §2.3.4

Port default_port(Scheme scheme) {
  switch (scheme) {
    case Scheme::http: return kHttpPort;
    case Scheme::https: return kHttpsPort;
    case Scheme::udp: break;
  }
  return 0;
}

std::optional<Scheme> scheme_of(std::string_view text) {
  const std::string lower = ascii_lower(text);
  for (const Scheme scheme : {Scheme::http, Scheme::https, Scheme::udp}) {
    if (lower == to_string(scheme)) return scheme;
  }
  return std::nullopt;
}

/// Why `host` can't be one; null when it can.
const char* host_problem(std::string_view host) {
  if (host.empty()) return "no host";
  if (host.find('%') != std::string_view::npos) return "'%' has no place in a host name";
  if (!is_host_name(host)) return "not a host name (write IPv6 addresses in brackets)";
  if (host.find_first_not_of("0123456789.") == std::string_view::npos && !IpAddress::parse(host)) {
    return "not an IPv4 address";
  }
  if (host.ends_with('.')) host.remove_suffix(1);
  while (!host.empty()) {
    const std::size_t dot = std::min(host.find('.'), host.size());
    if (dot == 0 || dot > kLabelBytesMax) return "not a host name: between dots there are 1 to 63 characters";
    host.remove_prefix(std::min(dot + 1, host.size()));
  }
  return nullptr;
}

bool outside_ascii(char c) {
  return static_cast<unsigned char>(c) >= 0x80;
}

}  // namespace

Result<TrackerUrl> TrackerUrl::parse(std::string_view text) {
  const auto bad = [&](std::string_view why) {
    return Error{ErrorKind::malformed, "'" + escaped(text.substr(0, kReplyTextBytesMax)) + "': " + std::string(why)};
  };
  if (text.size() > kTrackerUrlBytesMax) return bad("longer than 2048 bytes");
  TrackerUrl url;
  std::string_view rest = text;
  Port port_default = kTrackerPort;
  if (const std::size_t colon = rest.find("://"); colon != std::string_view::npos) {
    const std::optional<Scheme> scheme = scheme_of(rest.substr(0, colon));
    if (!scheme) {
      return Error{ErrorKind::unsupported, "'" + escaped(text.substr(0, kReplyTextBytesMax)) +
                                               "': only http://, https:// and udp:// trackers are supported"};
    }
    url.scheme = *scheme;
    rest.remove_prefix(colon + 3);
    port_default = default_port(url.scheme);
  }
  const std::size_t path = std::min(rest.find_first_of("/?#"), rest.size());
  std::string_view authority = rest.substr(0, path);
  url.target = std::string(rest.substr(path));
  if (std::any_of(authority.begin(), authority.end(), outside_ascii)) {
    return bad("write a host name with letters outside ASCII in its xn--... form");
  }
  if (std::any_of(text.begin(), text.end(), [](char c) { return c <= ' ' || c >= 0x7f; })) {
    return bad("spaces, control characters and letters outside ASCII must be percent-encoded");
  }
  if (url.target.find('#') != std::string::npos) return bad("a fragment (#) has no meaning here");
  if (url.scheme != Scheme::udp) {
    if (url.target.empty() || url.target == "/") url.target = "/announce";
    if (url.target.front() == '?') url.target.insert(0, "/announce");
  } else if (url.target == "/") {
    url.target.clear();
  }
  if (authority.find('@') != std::string_view::npos) return bad("user names in the URL are not supported");

  std::string_view port_text;
  if (authority.starts_with('[')) {
    const std::size_t end = authority.find(']');
    if (end == std::string_view::npos) return bad("'[' without ']'");
    url.host = std::string(authority.substr(1, end - 1));
    if (const std::size_t zone = url.host.find("%25"); zone != std::string::npos) url.host.erase(zone + 1, 2);
    if (!is_ipv6_literal(url.host)) return bad("no IPv6 address between the brackets");
    port_text = authority.substr(end + 1);
    if (!port_text.empty() && port_text.front() != ':') return bad("only :port may follow the brackets");
  } else {
    const std::size_t colon = std::min(authority.find(':'), authority.size());
    url.host = std::string(authority.substr(0, colon));
    port_text = authority.substr(colon);
    if (const char* const problem = host_problem(url.host)) return bad(problem);
  }
  url.port = port_default;
  if (!port_text.empty()) {
    port_text.remove_prefix(1);
    // RFC 3986 §3.2.3 allows the colon without a port.
    if (!port_text.empty()) {
      const auto [end, error] = std::from_chars(port_text.data(), port_text.data() + port_text.size(), url.port);
      if (error != std::errc{} || end != port_text.data() + port_text.size() || url.port == 0) {
        return bad("the port is not a number from 1 to 65535");
      }
    }
  }
  if (url.port == 0) return bad("a udp:// tracker needs a port, e.g. udp://tracker.example:6969");
  return url;
}

std::string TrackerUrl::authority() const {
  const bool is_v6 = host.find(':') != std::string::npos;
  const std::string name = is_v6 ? "[" + host.substr(0, host.find('%')) + "]" : host;
  return port == default_port(scheme) ? name : name + ":" + std::to_string(port);
}

std::string TrackerUrl::origin() const {
  const bool is_v6 = host.find(':') != std::string::npos;
  const std::string name = is_v6 ? "[" + escape_zone(host) + "]" : host;
  const std::string place = port == default_port(scheme) ? name : name + ":" + std::to_string(port);
  return std::string(tracker::to_string(scheme)) + "://" + place;
}

std::string TrackerUrl::to_string() const {
  return origin() + (target == "/announce" || target.empty() ? "" : "/...");
}

std::string_view to_string(Scheme scheme) {
  switch (scheme) {
    case Scheme::http: return "http";
    case Scheme::https: return "https";
    case Scheme::udp: break;
  }
  return "udp";
}

std::string escape_zone(std::string text) {
  if (const std::size_t percent = text.find('%'); percent != std::string::npos) text.insert(percent + 1, "25");
  return text;
}

}  // namespace stp::tracker
