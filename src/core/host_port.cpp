#include "core/host_port.h"

#include <algorithm>
#include <charconv>

namespace stp {

std::optional<HostPort> HostPort::parse(std::string_view text) {
  const std::size_t colon = text.rfind(':');
  if (colon == std::string_view::npos) return std::nullopt;
  const std::string_view host = text.substr(0, colon);
  const std::string_view digits = text.substr(colon + 1);
  Port port = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), port);
  if (error != std::errc{} || end != digits.data() + digits.size() || port == 0) return std::nullopt;
  if (host.size() >= 2 && host.starts_with('[') && host.ends_with(']')) {
    const std::string_view inside = host.substr(1, host.size() - 2);
    if (!is_ipv6_literal(inside)) return std::nullopt;
    return HostPort{std::string(inside), port};
  }
  if (!is_host_name(host)) return std::nullopt;
  return HostPort{std::string(host), port};
}

std::string HostPort::to_string() const {
  const bool is_v6 = host.find(':') != std::string::npos;
  return (is_v6 ? "[" + host + "]" : host) + ":" + std::to_string(port);
}

bool is_host_name(std::string_view text) {
  const auto allowed = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '.' ||
           c == '_';
  };
  return !text.empty() && text.size() <= kHostBytesMax && std::all_of(text.begin(), text.end(), allowed);
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
