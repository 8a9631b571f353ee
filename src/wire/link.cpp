#include "wire/link.h"

#include <algorithm>
#include <array>
#include <charconv>

#include "core/text.h"
#include "crypto/base64url.h"
#include "crypto/blake2b.h"
#include "wire/text.h"
#include "wire/uri.h"

namespace stp::wire {
namespace {

constexpr std::string_view kMagnetScheme = "magnet:";
constexpr std::string_view kPrivateScheme = "stp:";
constexpr std::string_view kBtmh = "urn:btmh:";
constexpr std::string_view kBtih = "urn:btih:";
constexpr std::string_view kSha256Multihash = "1220";  // multihash: code 0x12, 32 bytes

// version ‖ info-hash ‖ secret ‖ checksum
constexpr std::byte kPrivateVersion{1};
constexpr std::size_t kChecksumBytes = 3;
constexpr std::size_t kPrivateCheckedBytes = 1 + InfoHash::kSize + crypto::Secret::kSize;
constexpr std::size_t kPrivateBytes = kPrivateCheckedBytes + kChecksumBytes;
constexpr std::size_t kPrivateCharacters = (kPrivateBytes * 8 + 5) / 6;

Error refuse(ErrorKind kind, std::string_view why) {
  return Error{kind, "link: " + std::string(why)};
}

// Catches typing mistakes and lost characters; it is no protection against intent.
std::array<std::byte, kChecksumBytes> checksum_of(ByteSpan checked) {
  return crypto::blake2b<kChecksumBytes>({}, "stp1 link", {checked});
}

bool starts_with_scheme(std::string_view text, std::string_view scheme) {
  return ascii_lower(text.substr(0, scheme.size())) == scheme;
}

std::string_view trimmed(std::string_view text) {
  constexpr std::string_view kBlanks = " \t\r\n";
  const std::size_t first = text.find_first_not_of(kBlanks);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(kBlanks) - first + 1);
}

bool is_url_text(std::string_view text) {
  return text.find("://") != std::string_view::npos && std::all_of(text.begin(), text.end(), [](char c) {
           return static_cast<unsigned char>(c) > 0x20 && c != 0x7f;
         });
}

// "tr.1" counts as "tr": some programs number repeated keys.
std::string_view base_key(std::string_view key) {
  const std::size_t dot = key.rfind('.');
  if (dot == std::string_view::npos || dot + 1 == key.size()) return key;
  const std::string_view number = key.substr(dot + 1);
  return number.find_first_not_of("0123456789") == std::string_view::npos ? key.substr(0, dot) : key;
}

// What both kinds of link have after the '?'.
Status read_hint(Link& link, std::string_view key, std::string_view value) {
  if (key != "dn" && key != "tr" && key != "x.pe") return Done{};
  const std::optional<std::string> decoded = percent_decode(value, key == "dn");
  if (!decoded) {
    return refuse(ErrorKind::usage, "in \"" + std::string(key) + "\" a '%' is not followed by two hex digits");
  }
  if (key == "dn") {
    link.name = display_text(*decoded, kLinkNameBytesMax);
  } else if (key == "tr") {
    if (decoded->empty()) return Done{};
    if (!is_url_text(*decoded)) return refuse(ErrorKind::usage, "a tracker (\"tr\") is not a URL");
    if (link.trackers.size() < kLinkTrackersMax) link.trackers.push_back(*decoded);
  } else {
    std::optional<HostPort> peer = HostPort::parse(*decoded);
    if (!peer) return refuse(ErrorKind::usage, "a peer (\"x.pe\") is not HOST:PORT");
    if (link.peers.size() < kLinkPeersMax) link.peers.push_back(std::move(*peer));
  }
  return Done{};
}

Result<InfoHash> parse_btmh(std::string_view multihash) {
  if (!multihash.starts_with(kSha256Multihash)) {
    return refuse(ErrorKind::unsupported, "the hash in \"xt\" is not SHA-256 (urn:btmh:1220…)");
  }
  const std::optional<InfoHash> hash = InfoHash::parse_hex(multihash.substr(kSha256Multihash.size()));
  if (!hash) return refuse(ErrorKind::usage, "the info-hash after urn:btmh:1220 must have 64 hex digits");
  return *hash;
}

Result<Link> parse_magnet(std::string_view text) {
  std::string_view query = text.substr(kMagnetScheme.size());
  if (!query.starts_with('?')) return refuse(ErrorKind::usage, "a '?' must follow \"magnet:\"");
  query.remove_prefix(1);
  Link link;
  bool has_v1 = false;
  bool has_v2 = false;
  while (const std::optional<Parameter> parameter = take_parameter(query)) {
    const std::string key = ascii_lower(base_key(parameter->key));
    if (key != "xt") {
      if (const Status read = read_hint(link, key, parameter->value); !read) return read.error();
      continue;
    }
    const std::optional<std::string> decoded = percent_decode(parameter->value);
    if (!decoded) return refuse(ErrorKind::usage, "in \"xt\" a '%' is not followed by two hex digits");
    const std::string topic = ascii_lower(*decoded);
    if (topic.starts_with(kBtih)) has_v1 = true;
    if (!topic.starts_with(kBtmh)) continue;
    const Result<InfoHash> hash = parse_btmh(std::string_view(topic).substr(kBtmh.size()));
    if (!hash) return hash.error();
    if (has_v2 && link.info_hash != *hash) return refuse(ErrorKind::usage, "two different shares (\"xt\") in one link");
    link.info_hash = *hash;
    has_v2 = true;
  }
  if (has_v2) return link;
  if (has_v1) {
    return refuse(ErrorKind::unsupported, "only a BitTorrent v1 hash (urn:btih); stp needs v2 or hybrid (urn:btmh)");
  }
  return refuse(ErrorKind::usage, "no info-hash (\"xt=urn:btmh:…\") in it");
}

Status read_private_part(Link& link, std::string_view text) {
  std::optional<Bytes> raw = crypto::from_base64url(text);
  if (!raw || raw->size() != kPrivateBytes) {
    if (raw) crypto::wipe(*raw);
    if (text.size() != kPrivateCharacters) {
      return refuse(ErrorKind::usage, std::to_string(text.size()) + " characters after \"stp:\" instead of " +
                                          std::to_string(kPrivateCharacters) + ", it was cut or has too much");
    }
    return refuse(ErrorKind::usage, "a character is outside a-z A-Z 0-9 - _, or the last one was changed");
  }
  const ByteSpan all = *raw;
  const auto expected = checksum_of(all.first(kPrivateCheckedBytes));
  const bool intact = std::equal(expected.begin(), expected.end(), all.begin() + kPrivateCheckedBytes);
  const std::byte version = all[0];
  if (intact && version == kPrivateVersion) {
    link.info_hash = *InfoHash::from(all.subspan(1, InfoHash::kSize));
    link.secret = crypto::Secret::from(all.subspan(1 + InfoHash::kSize, crypto::Secret::kSize));
  }
  crypto::wipe(*raw);
  if (!intact) return refuse(ErrorKind::usage, "checksum does not match, a character was lost or changed");
  if (version != kPrivateVersion) {
    return refuse(ErrorKind::unsupported, "version " + std::to_string(std::to_integer<int>(version)) +
                                              ", but this stp understands version 1; a newer one is needed");
  }
  return Done{};
}

Result<Link> parse_private(std::string_view text) {
  text.remove_prefix(kPrivateScheme.size());
  const std::size_t mark = text.find('?');
  std::string_view query = mark == std::string_view::npos ? std::string_view() : text.substr(mark + 1);
  Link link;
  if (const Status read = read_private_part(link, text.substr(0, mark)); !read) return read.error();
  while (const std::optional<Parameter> parameter = take_parameter(query)) {
    const Status read = read_hint(link, ascii_lower(base_key(parameter->key)), parameter->value);
    if (!read) return read.error();
  }
  return link;
}

std::string private_part(const InfoHash& info_hash, const crypto::Secret& secret) {
  Bytes raw = {kPrivateVersion};
  raw.reserve(kPrivateBytes);
  append(raw, info_hash.span());
  append(raw, secret.span());
  append(raw, checksum_of(raw));
  std::string text = crypto::to_base64url(raw);
  crypto::wipe(raw);
  return text;
}

}  // namespace

std::optional<HostPort> HostPort::parse(std::string_view text) {
  const std::size_t colon = text.rfind(':');
  if (colon == std::string_view::npos) return std::nullopt;
  std::string_view host = text.substr(0, colon);
  const std::string_view digits = text.substr(colon + 1);
  Port port = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), port);
  if (error != std::errc{} || end != digits.data() + digits.size() || port == 0) return std::nullopt;
  if (host.starts_with('[') && host.ends_with(']')) {
    host = host.substr(1, host.size() - 2);
    const std::optional<IpAddress> address = IpAddress::parse(host);
    if (!address || host.find(':') == std::string_view::npos) return std::nullopt;
    return HostPort{std::string(host), port};
  }
  const auto allowed = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '.' ||
           c == '_';
  };
  if (host.empty() || host.size() > kHostBytesMax || !std::all_of(host.begin(), host.end(), allowed))
    return std::nullopt;
  return HostPort{std::string(host), port};
}

std::string HostPort::to_string() const {
  const bool is_v6 = host.find(':') != std::string::npos;
  return (is_v6 ? "[" + host + "]" : host) + ":" + std::to_string(port);
}

Result<Link> Link::parse(std::string_view text) {
  text = trimmed(text);
  if (text.size() > kLinkBytesMax) {
    return refuse(ErrorKind::limit, "longer than " + std::to_string(kLinkBytesMax) + " characters");
  }
  if (starts_with_scheme(text, kMagnetScheme)) return parse_magnet(text);
  if (starts_with_scheme(text, kPrivateScheme)) return parse_private(text);
  return refuse(ErrorKind::usage, "it begins with neither \"magnet:\" nor \"stp:\"");
}

std::string Link::to_string() const {
  std::string text;
  char separator = '&';
  if (secret) {
    text = std::string(kPrivateScheme) + private_part(info_hash, *secret);
    separator = '?';
  } else {
    text = std::string(kMagnetScheme) + "?xt=" + std::string(kBtmh) + std::string(kSha256Multihash) + info_hash.hex();
  }
  const auto add = [&](std::string_view key, const std::string& value) {
    if (text.size() + key.size() + value.size() + 2 > kLinkBytesMax) return;
    text += separator;
    text += key;
    text += '=' + value;
    separator = '&';
  };
  if (!name.empty()) add("dn", percent_encode(name));
  for (const std::string& tracker : trackers) add("tr", percent_encode(tracker));
  for (const HostPort& peer : peers) add("x.pe", percent_encode(peer.to_string(), "[]:"));
  return text;
}

SwarmKey Link::swarm_key() const {
  return secret ? crypto::private_swarm_key(*secret, info_hash) : crypto::public_swarm_key(info_hash);
}

crypto::Psk Link::psk() const {
  return secret ? crypto::private_psk(*secret, info_hash) : crypto::public_psk(info_hash);
}

bool looks_like_link(std::string_view text) {
  text = trimmed(text);
  return starts_with_scheme(text, kMagnetScheme) || starts_with_scheme(text, kPrivateScheme);
}

}  // namespace stp::wire
