#include "wire/link.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <system_error>

#include "core/percent.h"
#include "core/shown_text.h"
#include "core/text.h"
#include "crypto/base64url.h"
#include "crypto/blake2b.h"
#include "wire/link_text.h"

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

// Catches typing mistakes and lost characters; it does not protect against intent.
std::array<std::byte, kChecksumBytes> checksum_of(ByteSpan checked) {
  return crypto::blake2b<kChecksumBytes>({}, "stp1 link", {checked});
}

bool starts_with_scheme(std::string_view text, std::string_view scheme) {
  return ascii_lower(text.substr(0, scheme.size())) == scheme;
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

// A web page writes '&' as an entity, or twice so if it escapes its links twice. The '&' itself is already removed
// here.
std::string_view without_entity(std::string_view key) {
  for (bool more = true; more;) {
    more = false;
    for (const std::string_view entity : {"amp;", "#38;", "#038;", "#x26;", "#X26;"}) {
      if (!key.starts_with(entity)) continue;
      key.remove_prefix(entity.size());
      more = true;
    }
  }
  return key;
}

std::string key_of(const QueryParameter& parameter) {
  const std::string_view key = without_entity(parameter.key);
  return std::string(base_key(ascii_lower(percent_decode(key).value_or(std::string(key)))));
}

// Only names contain spaces; in any other value, what follows a space is text that was copied along.
std::string_view first_word(std::string_view value) {
  return value.substr(0, value.find_first_of(" \t"));
}

/// BEP 53: "0,2,4-6". nullopt when it is not such a list, or a longer one than kLinkSelectionMax.
std::optional<std::vector<FileRange>> parse_selection(std::string_view text) {
  std::vector<FileRange> ranges;
  const auto take_number = [&text]() -> std::optional<std::uint32_t> {
    std::uint32_t number = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (error != std::errc()) return std::nullopt;
    text.remove_prefix(static_cast<std::size_t>(end - text.data()));
    return number;
  };
  for (bool more = true; more;) {
    const std::optional<std::uint32_t> first = take_number();
    const bool range = text.starts_with('-');
    if (range) text.remove_prefix(1);
    const std::optional<std::uint32_t> last = range ? take_number() : first;
    if (!first || !last || *last < *first || ranges.size() == kLinkSelectionMax) return std::nullopt;
    ranges.push_back({*first, *last});
    more = text.starts_with(',');
    if (more) text.remove_prefix(1);
  }
  if (!text.empty()) return std::nullopt;
  return ranges;
}

std::string selection_text(const std::vector<FileRange>& ranges) {
  std::string text;
  for (const FileRange& range : ranges) {
    text += (text.empty() ? "" : ",") + std::to_string(range.first);
    if (range.last != range.first) text += "-" + std::to_string(range.last);
  }
  return text;
}

/// Reads what both kinds of link have after the '?', and remembers what can't be read.
class HintReader {
 public:
  [[nodiscard]] Link& link() { return read_.link; }
  /// The link with its notices. Ends the reader.
  [[nodiscard]] ReadLink take() {
    if (skipped_ > kLinkNoticesMax) {
      read_.notices.push_back(std::to_string(skipped_ - kLinkNoticesMax) + " more parts of the link are skipped");
    }
    return std::move(read_);
  }

  void read(std::string_view key, std::string_view value) {
    const bool known = key == "dn" || key == "tr" || key == "x.pe" || key == "ws" || key == "so";
    if (!known || value.empty()) return;
    const std::string_view text = key == "dn" ? value : first_word(value);
    const std::optional<std::string> decoded = percent_decode(text, key == "dn" ? Plus::blank : Plus::itself);
    if (!decoded) return skip(key, value, "a '%' in it is not followed by two hex digits");
    if (key == "dn") {
      read_.link.name = display_text(*decoded, kLinkNameBytesMax);
    } else if (key == "tr") {
      if (!is_url_text(*decoded)) return skip(key, value, "it is not a URL");
      if (read_.link.trackers.size() < kLinkTrackersMax) read_.link.trackers.push_back(*decoded);
    } else if (key == "x.pe") {
      std::optional<HostPort> peer = HostPort::parse(*decoded);
      if (!peer) return skip(key, value, "it is not HOST:PORT");
      if (read_.link.peers.size() < kLinkPeersMax) read_.link.peers.push_back(std::move(*peer));
    } else if (key == "ws") {
      if (!is_url_text(*decoded)) return skip(key, value, "it is not a URL");
      if (read_.link.web_seeds.size() < kLinkWebSeedsMax) read_.link.web_seeds.push_back(*decoded);
    } else if (key == "so") {
      std::optional<std::vector<FileRange>> ranges = parse_selection(*decoded);
      if (!ranges) return skip(key, value, "it is not a list of file numbers");
      if (read_.link.selection.empty()) read_.link.selection = *std::move(ranges);
    }
  }

  void skip(std::string_view key, std::string_view value, std::string_view why) {
    if (++skipped_ > kLinkNoticesMax) return;
    read_.notices.push_back("\"" + std::string(key) + "=" + display_text(value, kNoticeValueBytesMax) +
                            "\" in the link is skipped: " + std::string(why));
  }

 private:
  static constexpr std::size_t kNoticeValueBytesMax = 80;

  ReadLink read_;
  std::size_t skipped_ = 0;
};

/// The hash that `topic` (lower case) begins with, without the text that was copied along behind it.
std::string_view hash_word(std::string_view topic) {
  const auto is_word = [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'); };
  return {topic.begin(), std::ranges::find_if_not(topic, is_word)};
}

/// `topic`: what follows "urn:btmh:".
Result<InfoHash> parse_btmh(std::string_view topic) {
  const std::string_view multihash = hash_word(topic);
  if (!multihash.starts_with(kSha256Multihash)) {
    return refuse(ErrorKind::unsupported, "the hash in \"xt\" is not SHA-256 (urn:btmh:1220…)");
  }
  const std::optional<InfoHash> hash = InfoHash::parse_hex(multihash.substr(kSha256Multihash.size()));
  if (!hash) return refuse(ErrorKind::usage, "the info-hash after urn:btmh:1220 must have 64 hex digits");
  return *hash;
}

/// RFC 4648 §6, in lower case: 5 bits per digit. nullopt for other digits or another length.
std::optional<InfoHashV1> parse_base32(std::string_view digits) {
  constexpr std::size_t kDigits = InfoHashV1::kSize * 8 / 5;
  if (digits.size() != kDigits) return std::nullopt;
  InfoHashV1 hash;
  std::uint64_t pending = 0;
  std::size_t bits = 0;
  auto out = hash.bytes.begin();
  for (const char digit : digits) {
    const std::size_t value = std::string_view("abcdefghijklmnopqrstuvwxyz234567").find(digit);
    if (value == std::string_view::npos) return std::nullopt;
    pending = pending << 5 | value;
    bits += 5;
    if (bits < 8) continue;
    bits -= 8;
    *out++ = static_cast<std::byte>(pending >> bits & 0xff);
  }
  return hash;
}

/// `topic`: what follows "urn:btih:".
Result<InfoHashV1> parse_btih(std::string_view topic) {
  const std::string_view word = hash_word(topic);
  std::optional<InfoHashV1> hash = InfoHashV1::parse_hex(word);
  if (!hash) hash = parse_base32(word);
  if (hash) return *hash;
  return refuse(ErrorKind::usage, "the info-hash after urn:btih: must have 40 hex digits, or 32 of base32");
}

/// Collects the hashes ("xt") of a magnet link.
class TopicReader {
 public:
  explicit TopicReader(HintReader& reader) : reader_(reader) {}

  Status read(std::string_view key, std::string_view value) {
    const std::string topic = ascii_lower(percent_decode(value).value_or(std::string(value)));
    const auto after = [&](std::string_view prefix) { return std::string_view(topic).substr(prefix.size()); };
    if (topic.starts_with(kBtmh)) {
      return take(found_.v2, parse_btmh(after(kBtmh)), key, value, "it is not the SHA-256 hash of a share");
    }
    if (topic.starts_with(kBtih)) {
      return take(found_.v1, parse_btih(after(kBtih)), key, value, "it is not the SHA-1 hash of a share");
    }
    return Done{};
  }

  [[nodiscard]] Result<InfoHashes> take() const {
    if (found_.any()) return found_;
    if (unreadable_) return *unreadable_;
    return refuse(ErrorKind::usage, "it has no info-hash (\"xt=urn:btmh:…\" or \"xt=urn:btih:…\")");
  }

 private:
  template <class Hash>
  Status take(std::optional<Hash>& found, const Result<Hash>& hash, std::string_view key, std::string_view value,
              const char* why) {
    if (!hash) {
      if (!unreadable_) unreadable_ = hash.error();
      reader_.skip(key, value, why);
      return Done{};
    }
    if (found && *found != *hash) return refuse(ErrorKind::usage, "two different shares (\"xt\") in one link");
    found = *hash;
    return Done{};
  }

  HintReader& reader_;
  InfoHashes found_;
  std::optional<Error> unreadable_;  // why the first unreadable one can't be used
};

Result<ReadLink> read_magnet(std::string_view text) {
  std::string_view query = text.substr(kMagnetScheme.size());
  query.remove_prefix(std::min(query.find_first_not_of('/'), query.size()));
  if (!query.starts_with('?')) return refuse(ErrorKind::usage, "a '?' must follow \"magnet:\"");
  query.remove_prefix(1);
  HintReader reader;
  TopicReader topics(reader);
  while (const std::optional<QueryParameter> parameter = take_parameter(query)) {
    const std::string key = key_of(*parameter);
    if (key != "xt") {
      reader.read(key, parameter->value);
    } else if (const Status status = topics.read(key, parameter->value); !status) {
      return status.error();
    }
  }
  const Result<InfoHashes> found = topics.take();
  if (!found) return found.error();
  reader.link().info_hashes = *found;
  return reader.take();
}

Status read_private_part(Link& link, std::string_view text) {
  std::optional<Bytes> raw = crypto::from_base64url(text);
  if (!raw || raw->size() != kPrivateBytes) {
    if (raw) crypto::wipe(*raw);
    if (text.size() != kPrivateCharacters) {
      return refuse(ErrorKind::usage, std::to_string(text.size()) + " characters after \"stp:\" instead of " +
                                          std::to_string(kPrivateCharacters) + "; it was cut short or has extra text");
    }
    return refuse(ErrorKind::usage, "a character is outside a-z A-Z 0-9 - _, or the last one was changed");
  }
  const ByteSpan all = *raw;
  const auto expected = checksum_of(all.first(kPrivateCheckedBytes));
  const bool intact = std::equal(expected.begin(), expected.end(), all.begin() + kPrivateCheckedBytes);
  const std::byte version = all[0];
  if (intact && version == kPrivateVersion) {
    link.info_hashes.v2 = InfoHash::from(all.subspan(1, InfoHash::kSize));
    link.secret = crypto::Secret::from(all.subspan(1 + InfoHash::kSize, crypto::Secret::kSize));
  }
  crypto::wipe(*raw);
  if (!intact) return refuse(ErrorKind::usage, "checksum does not match; a character was lost or changed");
  if (version != kPrivateVersion) {
    return refuse(ErrorKind::unsupported, "version " + std::to_string(std::to_integer<int>(version)) +
                                              ", but this stp understands version 1; a newer stp is needed");
  }
  return Done{};
}

Result<ReadLink> read_private(std::string_view text) {
  text.remove_prefix(kPrivateScheme.size());
  text.remove_prefix(std::min(text.find_first_not_of('/'), text.size()));
  const std::size_t mark = text.find_first_of("?& ");
  std::string_view query = mark == std::string_view::npos ? std::string_view() : text.substr(mark + 1);
  HintReader reader;
  if (const Status part = read_private_part(reader.link(), text.substr(0, mark)); !part) return part.error();
  while (const std::optional<QueryParameter> parameter = take_parameter(query)) {
    reader.read(key_of(*parameter), parameter->value);
  }
  return reader.take();
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

Result<ReadLink> read_link(std::string_view text) {
  const std::optional<std::string_view> link = find_link(text);
  if (!link) return refuse(ErrorKind::usage, "it begins with neither \"magnet:\" nor \"stp:\"");
  if (link->size() > kLinkReadBytesMax) {
    return refuse(ErrorKind::limit, "longer than " + std::to_string(kLinkReadBytesMax) + " characters");
  }
  return starts_with_scheme(*link, kMagnetScheme) ? read_magnet(*link) : read_private(*link);
}

std::optional<Link> read_bare_hash(std::string_view text) {
  constexpr std::size_t kV1Digits = 2 * InfoHashV1::kSize;
  constexpr std::size_t kBase32Digits = InfoHashV1::kSize * 8 / 5;
  constexpr std::size_t kV2Digits = 2 * InfoHash::kSize;
  const std::string digits = ascii_lower(text);
  Link link;
  if (digits.size() == kV1Digits) {
    link.info_hashes.v1 = InfoHashV1::parse_hex(digits);
  } else if (digits.size() == kBase32Digits) {
    link.info_hashes.v1 = parse_base32(digits);
  } else if (digits.size() == kV2Digits) {
    link.info_hashes.v2 = InfoHash::parse_hex(digits);
  } else if (digits.size() == kSha256Multihash.size() + kV2Digits && digits.starts_with(kSha256Multihash)) {
    link.info_hashes.v2 = InfoHash::parse_hex(std::string_view(digits).substr(kSha256Multihash.size()));
  }
  return link.info_hashes.any() ? std::optional(std::move(link)) : std::nullopt;
}

Result<Link> Link::parse(std::string_view text) {
  if (std::optional<Link> bare = read_bare_hash(text)) return *std::move(bare);
  Result<ReadLink> read = read_link(text);
  if (!read) return read.error();
  return std::move(read->link);
}

std::string Link::to_string() const {
  std::string text;
  char separator = '&';
  if (secret) {
    text = std::string(kPrivateScheme) + private_part(info_hash(), *secret);
    separator = '?';
  } else {
    STP_ASSERT(info_hashes.any());
    text = std::string(kMagnetScheme) + "?";
    if (info_hashes.v1) text += "xt=" + std::string(kBtih) + info_hashes.v1->hex() + (info_hashes.v2 ? "&" : "");
    if (info_hashes.v2) text += "xt=" + std::string(kBtmh) + std::string(kSha256Multihash) + info_hashes.v2->hex();
  }
  const auto add = [&](std::string_view key, const std::string& value) {
    constexpr std::size_t kEscapeBytes = 2;  // added for a full stop at the end
    if (text.size() + key.size() + value.size() + 2 + kEscapeBytes > kLinkBytesMax) return;
    text += separator;
    text += key;
    text += '=' + value;
    separator = '&';
  };
  if (!name.empty()) add("dn", percent_encode(name));
  for (const std::string& tracker : trackers) add("tr", percent_encode(tracker));
  for (const HostPort& peer : peers) add("x.pe", percent_encode(peer.to_string(), "[]:"));
  for (const std::string& web_seed : web_seeds) add("ws", percent_encode(web_seed));
  if (!selection.empty()) add("so", selection_text(selection));
  // At the end of a link it would look like the end of a sentence.
  if (text.ends_with('.')) text.replace(text.size() - 1, 1, "%2E");
  return text;
}

std::vector<SwarmAccess> Link::accesses() const {
  STP_ASSERT(info_hashes.any());
  if (secret) {
    return {{crypto::private_swarm_key(*secret, info_hash()), crypto::private_psk(*secret, info_hash()), true}};
  }
  std::vector<SwarmAccess> accesses;
  const std::vector<SwarmKey> keys = info_hashes.swarm_keys();
  if (info_hashes.v2) accesses.push_back({keys.front(), crypto::public_psk(*info_hashes.v2), true});
  if (info_hashes.v1) accesses.push_back({keys.back(), crypto::public_psk(*info_hashes.v1), false});
  return accesses;
}

std::vector<SwarmKey> Link::swarm_keys() const {
  STP_ASSERT(info_hashes.any());
  if (secret) return {crypto::private_swarm_key(*secret, info_hash())};
  return info_hashes.swarm_keys();
}

bool Link::meets(const Link& other) const {
  const std::vector<SwarmKey> theirs = other.swarm_keys();
  return std::ranges::any_of(swarm_keys(),
                             [&](const SwarmKey& key) { return std::ranges::find(theirs, key) != theirs.end(); });
}

bool looks_like_link(std::string_view text) {
  return find_link(text).has_value();
}

}  // namespace stp::wire
