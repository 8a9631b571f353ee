#include "tracker/catalogue_reply.h"

#include <algorithm>
#include <limits>
#include <nlohmann/json.hpp>
#include <optional>
#include <utility>

#include "content/path_rules.h"
#include "core/json_text.h"
#include "core/shown_text.h"
#include "wire/link.h"

namespace stp::tracker {
namespace {

using nlohmann::json;

/// Deeper replies are not ours.
constexpr int kDepthMax = 8;

Bytes written(const json& value) {
  return to_bytes(without_markup(value.dump(-1, ' ', true, json::error_handler_t::replace)) + '\n');
}

json json_of(const ListedShare& share, const std::string& tracker) {
  return {{"name", share.name},
          {"bytes", share.bytes},
          {"files", share.files},
          {"seeds", share.seeds},
          {"leeches", share.leeches},
          {"age", share.age.count()},
          {"info_hash", share.info_hash.hex()},
          {"info_hash_v1", share.info_hash_v1 ? json(share.info_hash_v1->hex()) : json()},
          {"link", share_link(share, tracker.empty() ? std::vector<std::string>() : std::vector{tracker})}};
}

/// A discarded value if it is not JSON.
json parsed(ByteSpan body) {
  const std::string_view text = as_text(body);
  const auto shallow = [](int depth, json::parse_event_t, json&) { return depth <= kDepthMax; };
  return json::parse(text.begin(), text.end(), shallow, false);
}

/// The number from 0 to `max` under `key`.
template <class Number>
std::optional<Number> number_in(const json& object, const char* key, std::uint64_t max) {
  const auto found = object.find(key);
  if (found == object.end() || !found->is_number_unsigned()) return std::nullopt;
  const auto value = found->get<std::uint64_t>();
  if (value > max) return std::nullopt;
  return static_cast<Number>(value);
}

std::string text_in(const json& object, const char* key) {
  if (!object.is_object()) return {};
  const auto found = object.find(key);
  return found != object.end() && found->is_string() ? found->get<std::string>() : std::string();
}

std::optional<ListedShare> share_in(const json& object) {
  constexpr std::uint64_t kCountMax = std::numeric_limits<std::uint32_t>::max();
  if (!object.is_object()) return std::nullopt;
  ListedShare share;
  share.name = text_in(object, "name");
  const std::optional<InfoHash> info_hash = InfoHash::parse_hex(text_in(object, "info_hash"));
  const auto bytes = number_in<std::int64_t>(object, "bytes", std::numeric_limits<std::int64_t>::max());
  const auto files = number_in<std::uint32_t>(object, "files", kCountMax);
  const auto seeds = number_in<std::uint32_t>(object, "seeds", kCountMax);
  const auto leeches = number_in<std::uint32_t>(object, "leeches", kCountMax);
  const auto age = number_in<std::int64_t>(object, "age", kCountMax);
  if (!content::check_component(share.name) || !info_hash || !bytes || !files || !seeds || !leeches || !age) {
    return std::nullopt;
  }
  share.info_hash = *info_hash;
  share.info_hash_v1 = InfoHashV1::parse_hex(text_in(object, "info_hash_v1"));
  share.bytes = *bytes;
  share.files = *files;
  share.seeds = *seeds;
  share.leeches = *leeches;
  share.age = std::chrono::seconds(*age);
  return share;
}

}  // namespace

std::string share_link(const ListedShare& share, std::vector<std::string> trackers) {
  wire::Link link;
  link.info_hashes = share.info_hashes();
  link.name = share.name;
  link.trackers = std::move(trackers);
  return link.to_string();
}

Bytes encode_share_page(const SharePage& page, const std::string& tracker) {
  json shares = json::array();
  for (const ListedShare& share : page.shares) shares.push_back(json_of(share, tracker));
  return written(
      {{"shares", std::move(shares)}, {"total", page.total}, {"page", page.page}, {"pages", page_count(page.total)}});
}

Bytes encode_share(const ListedShare& share, const std::string& tracker) {
  return written(json_of(share, tracker));
}

Bytes encode_put(std::string_view state) {
  return written({{"state", state}});
}

Bytes encode_catalogue_error(std::string_view message) {
  return written({{"error", message}});
}

Result<SharePage> decode_share_page(ByteSpan body) {
  const Error no_page{ErrorKind::malformed, "its answer is not a page of a catalogue"};
  if (body.size() > kPageBytesMax) return no_page;
  const json value = parsed(body);
  if (!value.is_object()) return no_page;
  const auto shares = value.find("shares");
  const auto total = number_in<std::uint64_t>(value, "total", std::numeric_limits<std::uint64_t>::max() / 2);
  const auto number = number_in<std::uint32_t>(value, "page", kPagesMax);
  if (shares == value.end() || !shares->is_array() || !total || !number || *number == 0) return no_page;
  SharePage page;
  page.page = *number;
  for (const json& each : *shares) {
    if (page.shares.size() == kPageShares) break;
    if (std::optional<ListedShare> share = share_in(each)) page.shares.push_back(*std::move(share));
  }
  page.total = std::max<std::uint64_t>(*total, page.shares.size());
  return page;
}

std::string decode_put(ByteSpan body) {
  if (body.size() > kPageBytesMax) return {};
  const std::string state = text_in(parsed(body), "state");
  return state == "listed" || state == "held" ? state : std::string();
}

std::string decode_catalogue_error(ByteSpan body) {
  if (body.size() > kPageBytesMax) return {};
  return escaped(text_in(parsed(body), "error").substr(0, kCatalogueErrorBytesMax));
}

}  // namespace stp::tracker
