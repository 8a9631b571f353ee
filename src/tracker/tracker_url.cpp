#include "tracker/tracker_url.h"

#include <algorithm>
#include <charconv>
#include <optional>

#include "tracker/tracker_reply.h"

namespace stp::tracker {
namespace {

constexpr Port kHttpPort = 80;

bool is_host_char(char c) {
  const bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
  return letter || (c >= '0' && c <= '9') || c == '-' || c == '.' || c == '_';
}

}  // namespace

Result<TrackerUrl> TrackerUrl::parse(std::string_view text) {
  const auto bad = [&](std::string_view why) {
    return Error{ErrorKind::malformed, "'" + printable(text) + "': " + std::string(why)};
  };
  if (text.size() > kTrackerUrlBytesMax) return bad("longer than 2048 bytes");
  if (std::any_of(text.begin(), text.end(), [](char c) { return c <= ' ' || c >= 0x7f; })) {
    return bad("spaces, control characters and letters outside ASCII must be percent-encoded");
  }
  TrackerUrl url;
  Port port_default = kTrackerPort;
  std::string_view rest = text;
  if (const std::size_t colon = rest.find("://"); colon != std::string_view::npos) {
    std::string scheme(rest.substr(0, colon));
    std::transform(scheme.begin(), scheme.end(), scheme.begin(),
                   [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; });
    if (scheme != "http") {
      return Error{ErrorKind::unsupported, "'" + printable(text) + "': only http:// trackers are supported"};
    }
    rest.remove_prefix(colon + 3);
    port_default = kHttpPort;
  }
  if (rest.find('#') != std::string_view::npos) return bad("a fragment (#) has no meaning here");
  const std::size_t path = std::min(rest.find_first_of("/?"), rest.size());
  std::string_view authority = rest.substr(0, path);
  url.target = std::string(rest.substr(path));
  if (url.target.empty() || url.target == "/") url.target = "/announce";
  if (url.target.front() == '?') url.target.insert(0, "/announce");
  if (authority.find('@') != std::string_view::npos) return bad("user names in the URL are not supported");

  std::string_view port_text;
  if (authority.starts_with('[')) {
    const std::size_t end = authority.find(']');
    if (end == std::string_view::npos) return bad("'[' without ']'");
    url.host = std::string(authority.substr(1, end - 1));
    const std::optional<IpAddress> address = IpAddress::parse(url.host);
    if (!address || url.host.find(':') == std::string::npos) return bad("no IPv6 address between the brackets");
    port_text = authority.substr(end + 1);
    if (!port_text.empty() && port_text.front() != ':') return bad("only :port may follow the brackets");
  } else {
    const std::size_t colon = std::min(authority.find(':'), authority.size());
    url.host = std::string(authority.substr(0, colon));
    port_text = authority.substr(colon);
    if (url.host.empty()) return bad("no host");
    if (url.host.size() > 253 || !std::all_of(url.host.begin(), url.host.end(), is_host_char)) {
      return bad("not a host name (write IPv6 addresses in brackets)");
    }
  }
  url.port = port_default;
  if (!port_text.empty()) {
    port_text.remove_prefix(1);
    const auto [end, error] = std::from_chars(port_text.data(), port_text.data() + port_text.size(), url.port);
    if (error != std::errc{} || end != port_text.data() + port_text.size() || url.port == 0) {
      return bad("the port is not a number from 1 to 65535");
    }
  }
  return url;
}

std::string TrackerUrl::authority() const {
  const std::string name = host.find(':') == std::string::npos ? host : "[" + host + "]";
  return port == kHttpPort ? name : name + ":" + std::to_string(port);
}

std::string TrackerUrl::to_string() const {
  return "http://" + authority() + (target == "/announce" ? "" : "/...");
}

}  // namespace stp::tracker
