#include "daemon/record.h"

#include <cmath>
#include <limits>
#include <nlohmann/json.hpp>
#include <set>
#include <utility>

#include "core/shown_text.h"
#include "core/utf8.h"

namespace stp::daemon {
namespace {

using nlohmann::json;

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

bool is_absolute(const std::string& path) {
  return path.starts_with('/');
}

/// What an order needs, and which fields belong to its kind.
std::optional<Error> check_order(const ShareOrder& order) {
  const auto wrong = [](const char* message) { return Error{ErrorKind::malformed, message}; };
  if (!std::ranges::all_of(order.paths, is_absolute)) return wrong("'paths' have to be absolute");
  if (order.kind == Kind::seed) {
    if (order.paths.empty()) return wrong("'paths' is missing: what is to be shared");
    if (order.paths.size() > 1 && order.name.empty()) return wrong("several 'paths' need a 'name'");
    ShareOrder plain = order;
    plain.link = plain.torrent = plain.directory = {};
    plain.only = {};
    plain.repair = plain.seed_after = false;
    plain.seed_ratio = 0;
    if (plain != order) return wrong("a field that belongs to 'get' is in an order of kind 'seed'");
    return std::nullopt;
  }
  if (order.link.empty()) return wrong("'link' is missing: what is to be fetched");
  if (!is_absolute(order.directory)) return wrong("'directory' has to be absolute");
  if (!order.torrent.empty() && !is_absolute(order.torrent)) return wrong("'torrent' has to be absolute");
  const bool of_seed = !order.paths.empty() || !order.excluded.empty() || order.private_share || order.times ||
                       order.follow_links || order.unlisted;
  if (of_seed) return wrong("a field that belongs to 'seed' is in an order of kind 'get'");
  return std::nullopt;
}

}  // namespace

const char* to_string(Kind kind) {
  return kind == Kind::seed ? "seed" : "get";
}

json to_json(const ShareOrder& order) {
  json out = {{"kind", to_string(order.kind)}};
  const auto put_text = [&](const char* name, const std::string& text) {
    if (!text.empty()) out[name] = text;
  };
  const auto put_texts = [&](const char* name, const std::vector<std::string>& texts) {
    if (!texts.empty()) out[name] = texts;
  };
  const auto put_flag = [&](const char* name, bool flag) {
    if (flag) out[name] = true;
  };
  put_texts("trackers", order.trackers);
  put_texts("peers", order.peers);
  put_flag("only_dht", order.only_dht);
  put_text("name", order.name);
  put_texts("paths", order.paths);
  put_texts("exclude", order.excluded);
  put_flag("private", order.private_share);
  put_flag("times", order.times);
  put_flag("follow_links", order.follow_links);
  put_flag("unlisted", order.unlisted);
  put_text("link", order.link);
  put_text("torrent", order.torrent);
  put_text("directory", order.directory);
  put_texts("only", order.only);
  put_flag("repair", order.repair);
  put_flag("seed", order.seed_after);
  if (order.seed_ratio > 0) out["ratio"] = order.seed_ratio;
  return out;
}

Result<ShareOrder> decode_order(const json& value) {
  ShareOrder order;
  Fields fields(value);
  std::string kind;
  fields.text("kind", kind);
  fields.texts("trackers", order.trackers);
  fields.texts("peers", order.peers);
  fields.flag("only_dht", order.only_dht);
  fields.text("name", order.name);
  fields.texts("paths", order.paths);
  fields.texts("exclude", order.excluded);
  fields.flag("private", order.private_share);
  fields.flag("times", order.times);
  fields.flag("follow_links", order.follow_links);
  fields.flag("unlisted", order.unlisted);
  fields.text("link", order.link, kLinkTextBytesMax);
  fields.text("torrent", order.torrent);
  fields.text("directory", order.directory);
  fields.texts("only", order.only);
  fields.flag("repair", order.repair);
  fields.flag("seed", order.seed_after);
  fields.ratio("ratio", order.seed_ratio);
  if (kind == "get") {
    order.kind = Kind::get;
  } else if (kind != "seed") {
    fields.fail(kind.empty() ? ErrorKind::malformed : ErrorKind::unsupported,
                kind.empty() ? "'kind' is missing" : "this stp does not know the kind '" + escaped(kind) + "'");
  }
  if (std::optional<Error> error = fields.end()) return *std::move(error);
  if (std::optional<Error> error = check_order(order)) return *std::move(error);
  return order;
}

json to_json(const ShareRecord& record) {
  json out = {{"id", record.id}, {"added", record.added}, {"order", to_json(record.order)}};
  if (record.paused) out["paused"] = true;
  if (record.fetched) out["fetched"] = true;
  if (record.complete) out["complete"] = true;
  if (record.completed > 0) out["completed"] = record.completed;
  if (!record.link.empty()) out["link"] = record.link;
  if (record.removing) out["removing"] = true;
  if (record.with_data) out["with_data"] = true;
  return out;
}

Result<ShareRecord> decode_record(const json& value) {
  ShareRecord record;
  Fields fields(value);
  std::int64_t id = 0;
  fields.number("id", id);
  fields.number("added", record.added);
  fields.flag("paused", record.paused);
  fields.flag("fetched", record.fetched);
  fields.flag("complete", record.complete);
  fields.number("completed", record.completed);
  fields.text("link", record.link, kLinkTextBytesMax);
  fields.flag("removing", record.removing);
  fields.flag("with_data", record.with_data);
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
