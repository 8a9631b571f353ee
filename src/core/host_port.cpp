#include "core/host_port.h"
#include "core/digits.h"

#include <algorithm>

namespace stp {
namespace {

constexpr std::size_t kLabelBytesMax = 63;  // RFC 1035 §2.3.4

Error wrong(const char* why) {
  return {ErrorKind::malformed, why};
}

bool is_host_character(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '.' || c == '_';
}

/// Why `host` is not valid; null when it is.
const char* host_problem(std::string_view host) {
  if (host.empty()) return "no host";
  if (host.find('%') != std::string_view::npos) return "'%' is not allowed in a host name";
  if (host.size() > kHostBytesMax || !std::all_of(host.begin(), host.end(), is_host_character)) {
    return "not a host name (write IPv6 addresses in brackets)";
  }
  if (host.find_first_not_of("0123456789.") == std::string_view::npos && !IpAddress::parse(host)) {
    return "not an IPv4 address";
  }
  if (host.ends_with('.')) host.remove_suffix(1);
  do {
    const std::size_t dot = std::min(host.find('.'), host.size());
    if (dot == 0 || dot > kLabelBytesMax) return "not a host name: there must be 1 to 63 characters between dots";
    host.remove_prefix(std::min(dot + 1, host.size()));
  } while (!host.empty());
  return nullptr;
}

}  // namespace

std::optional<HostPort> HostPort::parse(std::string_view text) {
  Result<Authority> authority = parse_authority(text);
  if (!authority || !authority->port) return std::nullopt;
  return HostPort{std::move(authority->host), *authority->port};
}

std::string HostPort::to_string() const {
  return bracketed_host(host) + ":" + std::to_string(port);
}

Result<Authority> parse_authority(std::string_view text) {
  const Result<SplitHostPort> parts = split_host_port(text);
  if (!parts) return parts.error();
  if (parts->bracketed && !is_ipv6_literal(parts->host)) return wrong("no IPv6 address between the brackets");
  if (!parts->bracketed) {
    if (const char* const problem = host_problem(parts->host)) return wrong(problem);
  }
  Authority authority{std::string(parts->host), std::nullopt};
  if (parts->port.empty()) return authority;
  authority.port = parse_port(parts->port);
  if (!authority.port || *authority.port == 0) return wrong("the port is not a number from 1 to 65535");
  return authority;
}

Result<SplitHostPort> split_host_port(std::string_view text) {
  if (!text.starts_with('[')) {
    const std::size_t colon = text.find(':');
    if (colon == std::string_view::npos || colon != text.rfind(':')) return SplitHostPort{text, false, {}};
    return SplitHostPort{text.substr(0, colon), false, text.substr(colon + 1)};
  }
  const std::size_t end = text.find(']');
  if (end == std::string_view::npos) return wrong("'[' without ']'");
  std::string_view port = text.substr(end + 1);
  if (!port.empty() && port.front() != ':') return wrong("only :port may follow the brackets");
  port.remove_prefix(std::min<std::size_t>(1, port.size()));
  return SplitHostPort{text.substr(1, end - 1), true, port};
}

std::optional<Port> parse_port(std::string_view digits) {
  return parse_digits<Port>(digits);
}

std::string bracketed_host(std::string_view host) {
  const bool is_v6 = host.find(':') != std::string_view::npos;
  return is_v6 ? "[" + std::string(host) + "]" : std::string(host);
}

bool is_host_name(std::string_view text) {
  return host_problem(text) == nullptr;
}

bool is_ipv6_literal(std::string_view text) {
  if (text.find(':') == std::string_view::npos) return false;
  return IpAddress::parse(text).has_value() || split_zone(text).has_value();
}

std::optional<std::pair<IpAddress, std::string_view>> split_zone(std::string_view text) {
  const std::size_t percent = text.find('%');
  if (percent == std::string_view::npos) return std::nullopt;
  const std::optional<IpAddress> address = IpAddress::parse(text.substr(0, percent));
  if (!address || !address->is_link_local_v6()) return std::nullopt;
  const std::string_view zone = text.substr(percent + 1);
  const auto allowed = [](char c) { return c > ' ' && c < 0x7f && c != '%' && c != '/' && c != '[' && c != ']'; };
  if (zone.empty() || zone.size() > kZoneBytesMax || !std::all_of(zone.begin(), zone.end(), allowed)) {
    return std::nullopt;
  }
  return std::pair(*address, zone);
}

}  // namespace stp
