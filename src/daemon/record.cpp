#include "daemon/record.h"

#include <algorithm>
#include <limits>
#include <nlohmann/json.hpp>
#include <set>
#include <utility>

#include "core/shown_text.h"
#include "core/utf8.h"

namespace stp::daemon {
namespace {

using nlohmann::json;

constexpr Kind kKinds[] = {Kind::seed, Kind::get, Kind::folder};

/// The fields of one JSON object, each read at most once. The first thing that is wrong is kept.
class Fields {
 public:
  explicit Fields(const json& object) : object_(object) {
    if (!object.is_object()) fail(ErrorKind::malformed, "this is not a JSON object");
  }

  void text(const char* name, std::string& place, std::size_t bytes_max = kTextBytesMax) {
    const json* const value = find(name);
    if (value == nullptr) return;
    if (!value->is_string()) return fail(ErrorKind::malformed, quoted(name) + " has to be a text");
    check_text(name, value->get_ref<const std::string&>(), bytes_max);
    place = value->get_ref<const std::string&>();
  }

  void texts(const char* name, std::vector<std::string>& place) {
    const json* const value = find(name);
    if (value == nullptr) return;
    if (!value->is_array()) return fail(ErrorKind::malformed, quoted(name) + " has to be a list of texts");
    if (value->size() > kListMax) {
      return fail(ErrorKind::limit, quoted(name) + " has more than " + std::to_string(kListMax) + " entries");
    }
    for (const json& each : *value) {
      if (!each.is_string()) return fail(ErrorKind::malformed, quoted(name) + " has to be a list of texts");
      check_text(name, each.get_ref<const std::string&>(), kTextBytesMax);
      place.push_back(each.get_ref<const std::string&>());
    }
  }

  void flag(const char* name, bool& place) {
    const json* const value = find(name);
    if (value == nullptr) return;
    if (!value->is_boolean()) return fail(ErrorKind::malformed, quoted(name) + " has to be true or false");
    place = value->get<bool>();
  }

  void number(const char* name, std::int64_t& place) {
    const json* const value = find(name);
    if (value == nullptr) return;
    const bool fits = value->is_number_integer() &&
                      (!value->is_number_unsigned() ||
                       value->get<std::uint64_t>() <= std::uint64_t{std::numeric_limits<std::int64_t>::max()});
    if (!fits || value->get<std::int64_t>() < 0) {
      return fail(ErrorKind::malformed, quoted(name) + " has to be a whole number, not below 0");
    }
    place = value->get<std::int64_t>();
  }

  void ratio(const char* name, double& place) {
    const json* const value = find(name);
    if (value == nullptr) return;
    const double number = value->is_number() ? value->get<double>() : -1;
    if (!(number >= 0 && number <= 1e9)) return fail(ErrorKind::malformed, quoted(name) + " has to be a ratio");
    place = number;
  }

  [[nodiscard]] const json* find(const char* name) {
    known_.insert(name);
    if (error_) return nullptr;
    const auto found = object_.find(name);
    return found == object_.end() ? nullptr : &*found;
  }

  void fail(ErrorKind kind, std::string message) {
    if (!error_) error_ = Error{kind, std::move(message)};
  }

  /// Once every known field was asked for.
  [[nodiscard]] std::optional<Error> end() {
    if (error_) return error_;
    for (const auto& [name, value] : object_.items()) {
      if (!known_.contains(name)) return Error{ErrorKind::malformed, "unknown field " + quoted(name)};
    }
    return std::nullopt;
  }

 private:
  static std::string quoted(const std::string& name) { return "'" + escaped(name.substr(0, 64)) + "'"; }

  void check_text(const char* name, const std::string& text, std::size_t bytes_max) {
    if (text.size() > bytes_max) fail(ErrorKind::limit, quoted(name) + " is too long");
    if (text.find('\0') != std::string::npos || !is_utf8(text)) {
      fail(ErrorKind::malformed, quoted(name) + " is not a text");
    }
  }

  const json& object_;
  std::set<std::string, std::less<>> known_;
  std::optional<Error> error_;
};

/// The reverse of Fields: adds fields to a JSON object, except those that have their default value.
class Writer {
 public:
  explicit Writer(json& object) : object_(object) {}

  void text(const char* name, const std::string& text, std::size_t /*bytes_max*/ = 0) {
    put(name, text, !text.empty());
  }
  void texts(const char* name, const std::vector<std::string>& texts) { put(name, texts, !texts.empty()); }
  void flag(const char* name, bool flag) { put(name, flag, flag); }
  void number(const char* name, std::int64_t number) { put(name, number, number > 0); }
  void ratio(const char* name, double ratio) { put(name, ratio, ratio > 0); }

 private:
  template <class Value>
  void put(const char* name, const Value& value, bool wanted) {
    if (wanted) object_[name] = value;
  }

  json& object_;
};

/// The fields of an order that may be left out, for Fields and for Writer.
template <class Order, class Visitor>
void visit_order(Order& order, Visitor& visitor) {
  visitor.texts("trackers", order.trackers);
  visitor.texts("peers", order.peers);
  visitor.flag("only_dht", order.only_dht);
  visitor.text("name", order.name);
  visitor.texts("paths", order.paths);
  visitor.texts("exclude", order.excluded);
  visitor.flag("private", order.private_share);
  visitor.flag("v2", order.v2_only);
  visitor.flag("times", order.times);
  visitor.flag("follow_links", order.follow_links);
  visitor.flag("unlisted", order.unlisted);
  visitor.texts("web_seeds", order.web_seeds);
  visitor.flag("each", order.each);
  visitor.flag("watch", order.watch);
  visitor.text("link", order.link, kLinkTextBytesMax);
  visitor.text("torrent", order.torrent);
  visitor.text("directory", order.directory);
  visitor.texts("only", order.only);
  visitor.flag("repair", order.repair);
  visitor.texts("http_seeds", order.http_seeds);
  visitor.flag("no_web_seeds", order.no_web_seeds);
  visitor.flag("seed", order.seed_after);
  visitor.ratio("ratio", order.seed_ratio);
}

/// The same of a record.
template <class Record, class Visitor>
void visit_record(Record& record, Visitor& visitor) {
  visitor.flag("paused", record.paused);
  visitor.flag("fetched", record.fetched);
  visitor.flag("complete", record.complete);
  visitor.number("completed", record.completed);
  visitor.text("link", record.link, kLinkTextBytesMax);
  visitor.flag("hybrids", record.hybrids);
  visitor.flag("removing", record.removing);
  visitor.flag("with_data", record.with_data);
  visitor.number("had", record.had);
  visitor.number("wanted", record.wanted);
  visitor.number("downloaded", record.downloaded);
  visitor.number("uploaded", record.uploaded);
}

bool is_absolute(const std::string& path) {
  return path.starts_with('/');
}

/// The order without the fields that only other kinds have.
ShareOrder own_part(ShareOrder order) {
  if (order.kind != Kind::get) {
    order.link = order.directory = {};
    order.only = order.http_seeds = {};
    order.repair = order.seed_after = order.no_web_seeds = false;
    order.seed_ratio = 0;
  } else {
    order.paths = order.excluded = {};
    order.private_share = order.v2_only = order.times = order.unlisted = false;
  }
  if (order.kind != Kind::seed) {
    order.follow_links = false;
    order.web_seeds = {};
  }
  if (order.kind != Kind::folder) order.each = order.watch = false;
  if (order.kind == Kind::folder) order.torrent = {};
  return order;
}

/// What an order needs, and which fields belong to its kind.
std::optional<Error> check_order(const ShareOrder& order) {
  const auto wrong = [](std::string message) { return Error{ErrorKind::malformed, std::move(message)}; };
  if (own_part(order) != order) {
    return wrong(std::string("a field that belongs to another kind is in an order of kind '") + to_string(order.kind) +
                 "'");
  }
  if (!order.torrent.empty() && !is_absolute(order.torrent)) return wrong("'torrent' has to be absolute");
  if (order.kind == Kind::get) {
    if (order.link.empty()) return wrong("'link' is missing: what is to be fetched");
    if (!is_absolute(order.directory)) return wrong("'directory' has to be absolute");
    return std::nullopt;
  }
  if (order.paths.empty()) return wrong("'paths' is missing: what is to be shared");
  if (!std::ranges::all_of(order.paths, is_absolute)) return wrong("'paths' have to be absolute");
  if (order.kind == Kind::seed && !order.torrent.empty()) {
    if (order.paths.size() > 1) return wrong("with 'torrent', 'paths' is the one that it describes");
    if (!order.name.empty() || !order.excluded.empty() || order.private_share || order.v2_only || order.times ||
        order.follow_links) {
      return wrong(
          "'torrent' says what is shared: leave 'name', 'exclude', 'private', 'v2', 'times' and 'follow_links' out");
    }
    return std::nullopt;
  }
  if (order.kind == Kind::seed) {
    if (order.paths.size() > 1 && order.name.empty()) return wrong("several 'paths' need a 'name'");
    return std::nullopt;
  }
  if (order.paths.size() > 1) return wrong("'paths' of a folder is one directory");
  if (!order.each && !order.watch) return wrong("a folder needs 'each', 'watch' or both");
  if (order.each && !order.name.empty()) return wrong("'each' names shares after their files: leave 'name' out");
  return std::nullopt;
}

}  // namespace

const char* to_string(Kind kind) {
  switch (kind) {
    case Kind::seed: return "seed";
    case Kind::get: return "get";
    case Kind::folder: return "folder";
  }
  return "";
}

json to_json(const ShareOrder& order) {
  json out = {{"kind", to_string(order.kind)}};
  Writer writer(out);
  visit_order(order, writer);
  return out;
}

Result<ShareOrder> decode_order(const json& value) {
  ShareOrder order;
  Fields fields(value);
  std::string kind;
  fields.text("kind", kind);
  visit_order(order, fields);
  const auto is_it = [&](Kind each) { return kind == to_string(each); };
  if (const auto found = std::ranges::find_if(kKinds, is_it); found != std::end(kKinds)) {
    order.kind = *found;
  } else {
    fields.fail(kind.empty() ? ErrorKind::malformed : ErrorKind::unsupported,
                kind.empty() ? "'kind' is missing" : "this stp does not know the kind '" + escaped(kind) + "'");
  }
  if (std::optional<Error> error = fields.end()) return *std::move(error);
  if (std::optional<Error> error = check_order(order)) return *std::move(error);
  return order;
}

json to_json(const ShareRecord& record) {
  json out = {{"id", record.id}, {"added", record.added}, {"order", to_json(record.order)}};
  Writer writer(out);
  visit_record(record, writer);
  return out;
}

Result<ShareRecord> decode_record(const json& value) {
  ShareRecord record;
  Fields fields(value);
  std::int64_t id = 0;
  fields.number("id", id);
  fields.number("added", record.added);
  visit_record(record, fields);
  const json* const order = fields.find("order");
  if (std::optional<Error> error = fields.end()) return *std::move(error);
  if (id == 0 || order == nullptr) return Error{ErrorKind::malformed, "'id' or 'order' is missing"};
  record.id = static_cast<RecordId>(id);
  Result<ShareOrder> decoded = decode_order(*order);
  if (!decoded) return decoded.error();
  record.order = *std::move(decoded);
  return record;
}

}  // namespace stp::daemon
