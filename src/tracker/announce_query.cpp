#include "tracker/announce_query.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <limits>

#include "core/percent.h"

namespace stp::tracker {
namespace {

Error malformed(std::string message) {
  return {ErrorKind::malformed, std::move(message)};
}

Result<SwarmKey> parse_key(std::string_view value) {
  std::array<std::byte, InfoHash::kSize> raw{};
  const std::optional<std::size_t> size = percent_decode(value, raw);
  if (size != SwarmKey::kSize && size != InfoHash::kSize) {
    return malformed("info_hash is not 20 percent-encoded bytes");
  }
  return *SwarmKey::from(ByteSpan(raw).first(SwarmKey::kSize));
}

std::optional<SessionId> parse_peer_id(std::string_view value) {
  SessionId id;
  return percent_decode(value, id.bytes) == SessionId::kSize ? std::optional(id) : std::nullopt;
}

// A number in decimal digits; one that does not fit becomes the largest possible.
std::optional<std::uint64_t> parse_number(std::string_view text) {
  if (text.empty() || text.find_first_not_of("0123456789") != std::string_view::npos) return std::nullopt;
  std::uint64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  return error == std::errc{} ? value : std::numeric_limits<std::uint64_t>::max();
}

// A parameter whose name may be escaped, like its value.
class Parameter {
 public:
  // Two views and no QueryParameter: copying one stalls until its parts are stored, a third of the time of a parse.
  Parameter(std::string_view name, std::string_view encoded) : value(encoded), name_(name) {
    if (name_.find('%') == std::string_view::npos) return;
    const std::optional<std::size_t> size = percent_decode(name_, unescaped_);
    name_ = {};  // a name that is longer than any we know, or no name
    unescaped_bytes_ = size.value_or(0);
  }

  [[nodiscard]] bool is(std::string_view name) const {
    return unescaped_bytes_ > 0 ? as_text(ByteSpan(unescaped_).first(unescaped_bytes_)) == name : name_ == name;
  }

  std::string_view value;

 private:
  std::string_view name_;
  std::array<std::byte, 16> unescaped_;  // the first unescaped_bytes_ are used
  std::size_t unescaped_bytes_ = 0;
};

AnnounceEvent parse_event(std::string_view value) {
  if (value == "started") return AnnounceEvent::started;
  if (value == "completed") return AnnounceEvent::completed;
  if (value == "stopped") return AnnounceEvent::stopped;
  if (value == "paused") return AnnounceEvent::paused;
  return AnnounceEvent::none;
}

}  // namespace

Result<AnnounceQuery> parse_announce_query(std::string_view query) {
  AnnounceQuery announce;
  bool has_key = false;
  while (const std::optional<QueryParameter> next = take_parameter(query)) {
    const Parameter parameter(next->key, next->value);
    const std::string_view value = parameter.value;
    if (parameter.is("info_hash")) {
      if (has_key) return malformed("more than one info_hash in an announce");
      const Result<SwarmKey> key = parse_key(value);
      if (!key) return key.error();
      announce.key = *key;
      has_key = true;
    } else if (parameter.is("peer_id")) {
      announce.peer_id = parse_peer_id(value);
    } else if (parameter.is("port")) {
      const std::optional<std::uint64_t> port = parse_number(value);
      if (!port || *port == 0 || *port > std::numeric_limits<Port>::max()) {
        return malformed("port is not a number from 1 to 65535");
      }
      announce.port = static_cast<Port>(*port);
    } else if (parameter.is("left")) {
      announce.seed = parse_number(value) == 0;
    } else if (parameter.is("event")) {
      announce.event = parse_event(value);
    } else if (parameter.is("numwant")) {
      announce.numwant = std::nullopt;
      if (const std::optional<std::uint64_t> numwant = parse_number(value)) {
        announce.numwant = static_cast<std::uint32_t>(std::min<std::uint64_t>(*numwant, 1 << 16));
      }
    } else if (parameter.is("compact")) {
      announce.compact = value != "0";
    } else if (parameter.is("no_peer_id")) {
      announce.no_peer_id = value != "0";
    }
  }
  if (!has_key) return malformed("info_hash is missing");
  if (announce.port == 0) return malformed("port is missing");
  return announce;
}

Result<std::vector<SwarmKey>> parse_scrape_query(std::string_view query) {
  std::vector<SwarmKey> keys;
  while (const std::optional<QueryParameter> next = take_parameter(query)) {
    const Parameter parameter(next->key, next->value);
    if (!parameter.is("info_hash")) continue;
    const Result<SwarmKey> key = parse_key(parameter.value);
    if (!key) return key.error();
    if (keys.size() == kScrapeKeysMax) {
      return Error{ErrorKind::limit, "more than " + std::to_string(kScrapeKeysMax) + " info_hashes in one scrape"};
    }
    keys.push_back(*key);
  }
  if (keys.empty()) return malformed("info_hash is missing; this tracker does not list everything it has");
  std::sort(keys.begin(), keys.end());
  keys.erase(std::unique(keys.begin(), keys.end()), keys.end());
  return keys;
}

}  // namespace stp::tracker
