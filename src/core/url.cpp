#include "core/url.h"

#include <algorithm>
#include <optional>

#include "core/shown_text.h"
#include "core/text.h"

namespace stp {
namespace {

constexpr Port kHttpPort = 80;
constexpr Port kHttpsPort = 443;
constexpr std::size_t kQuotedBytesMax = 256;

Port default_port(Url::Scheme scheme) {
  switch (scheme) {
    case Url::Scheme::http: return kHttpPort;
    case Url::Scheme::https: return kHttpsPort;
    case Url::Scheme::udp: break;
  }
  return 0;
}

std::optional<Url::Scheme> scheme_of(std::string_view text) {
  const std::string lower = ascii_lower(text);
  for (const Url::Scheme scheme : {Url::Scheme::http, Url::Scheme::https, Url::Scheme::udp}) {
    if (lower == to_string(scheme)) return scheme;
  }
  return std::nullopt;
}

bool outside_ascii(char c) {
  return static_cast<unsigned char>(c) >= 0x80;
}

}  // namespace

Result<Url> Url::parse(std::string_view text, Port bare_port) {
  const auto bad = [text](std::string_view why) { return url_error(ErrorKind::malformed, text, why); };
  if (text.size() > kUrlBytesMax) return bad("longer than " + std::to_string(kUrlBytesMax) + " bytes");
  Url url;
  url.port = bare_port;
  std::string_view rest = text;
  if (const std::size_t colon = rest.find("://"); colon != std::string_view::npos) {
    const std::optional<Scheme> scheme = scheme_of(rest.substr(0, colon));
    if (!scheme) {
      return url_error(ErrorKind::unsupported, text, "only http://, https:// and udp:// are supported");
    }
    url.scheme = *scheme;
    url.port = default_port(*scheme);
    rest.remove_prefix(colon + 3);
  } else if (bare_port == 0) {
    return bad("it does not begin with http://, https:// or udp://");
  }
  const std::size_t path = std::min(rest.find_first_of("/?#"), rest.size());
  std::string authority(rest.substr(0, path));
  url.target = std::string(rest.substr(path));
  if (std::any_of(authority.begin(), authority.end(), outside_ascii)) {
    return bad("write a host name with letters outside ASCII in its xn--... form");
  }
  if (std::any_of(text.begin(), text.end(), [](char c) { return c <= ' ' || c >= 0x7f; })) {
    return bad("spaces, control characters and letters outside ASCII must be percent-encoded");
  }
  if (url.target.find('#') != std::string::npos) return bad("a fragment (#) has no meaning here");
  if (authority.find('@') != std::string::npos) return bad("user names in the URL are not supported");
  if (const std::size_t zone = authority.find("%25"); zone != std::string::npos) authority.erase(zone + 1, 2);
  Result<Authority> parsed = parse_authority(authority);
  if (!parsed) return bad(parsed.error().message);
  url.host = std::move(parsed->host);
  url.port = parsed->port.value_or(url.port);
  return url;
}

std::string Url::authority() const {
  const bool is_v6 = host.find(':') != std::string::npos;
  const std::string name = is_v6 ? bracketed_host(host.substr(0, host.find('%'))) : host;
  return port == default_port(scheme) ? name : name + ":" + std::to_string(port);
}

std::string Url::origin() const {
  const std::string name = escape_zone(bracketed_host(host));
  const std::string place = port == default_port(scheme) ? name : name + ":" + std::to_string(port);
  return std::string(stp::to_string(scheme)) + "://" + place;
}

std::string_view to_string(Url::Scheme scheme) {
  switch (scheme) {
    case Url::Scheme::http: return "http";
    case Url::Scheme::https: return "https";
    case Url::Scheme::udp: break;
  }
  return "udp";
}

Error url_error(ErrorKind kind, std::string_view text, std::string_view why) {
  return {kind, "'" + escaped(text.substr(0, kQuotedBytesMax)) + "': " + std::string(why)};
}

std::string escape_zone(std::string text) {
  if (const std::size_t percent = text.find('%'); percent != std::string::npos) text.insert(percent + 1, "25");
  return text;
}

}  // namespace stp
