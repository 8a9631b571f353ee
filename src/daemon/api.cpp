#include "daemon/api.h"

#include <nlohmann/json.hpp>
#include <optional>
#include <utility>

#include "core/digits.h"
#include "core/percent.h"
#include "core/shown_text.h"
#include "core/text.h"
#include "core/utf8.h"
#include "core/version.h"
#include "crypto/base64url.h"
#include "daemon/settings_json.h"
#include "http/media_type.h"

namespace stp::daemon {
namespace {

using nlohmann::json;

constexpr std::string_view kJson = "application/json";
constexpr std::string_view kShares = "/api/shares";
constexpr std::uint64_t kRateMax = std::uint64_t{1} << 50;
constexpr std::string_view kOnlyAfter = "the only parameter is 'after', the number of an entry";

struct RefusalRow {
  Refusal refusal;
  unsigned status;
  const char* word;
};
constexpr RefusalRow kRefusals[] = {
    {Refusal::bad_request, 400, "bad_request"},
    {Refusal::no_token, 401, "no_token"},
    {Refusal::read_only, 403, "read_only"},
    {Refusal::foreign_page, 403, "foreign_page"},
    {Refusal::not_found, 404, "not_found"},
    {Refusal::wrong_method, 405, "wrong_method"},
    {Refusal::ambiguous, 409, "ambiguous"},
    {Refusal::own_files, 409, "own_files"},
    {Refusal::held_otherwise, 409, "held_otherwise"},
    {Refusal::not_running, 409, "not_running"},
    {Refusal::file_changed, 409, "file_changed"},
    {Refusal::not_wanted, 409, "not_wanted"},
    {Refusal::no_length, 411, "no_length"},
    {Refusal::too_long, 413, "too_long"},
    {Refusal::not_json, 415, "not_json"},
    {Refusal::wrong_host, 421, "wrong_host"},
    {Refusal::head_too_long, 431, "head_too_long"},
    {Refusal::not_stored, 500, "not_stored"},
    {Refusal::full, 503, "full"},
    {Refusal::listeners, 503, "listeners"},
    {Refusal::readers, 503, "readers"},
    {Refusal::not_ready, 503, "not_ready"},
    {Refusal::ending, 503, "ending"},
};

const RefusalRow& row_of(Refusal refusal) {
  for (const RefusalRow& row : kRefusals) {
    if (row.refusal == refusal) return row;
  }
  return kRefusals[0];
}

/// "localhost" of "LOCALHOST:8080".
bool is_our_host(std::string_view host) {
  const std::string name = ascii_lower(host.substr(0, host.find(':')));
  return name == "stp" || name == "localhost";
}

/// Why it may not ask at all; nullopt: it may.
std::optional<http::Response> check_sender(const http::Request& request) {
  if (request.from_page) {
    return refuse(Refusal::foreign_page, "a page in a browser may not steer the daemon (the request has an Origin)");
  }
  if (!is_our_host(request.host)) {
    return refuse(Refusal::wrong_host, "the Host field has to be 'stp' or 'localhost'");
  }
  const bool changes = request.method == http::Method::post || request.method == http::Method::erase;
  if (changes && !http::is_json(request.content_type)) {
    return refuse(Refusal::not_json, "what changes something needs 'Content-Type: application/json'");
  }
  return std::nullopt;
}

http::Response unknown_call() {
  return refuse(Refusal::not_found, "this call is not known; docs/api.md lists all of them");
}

http::Response wrong_method() {
  return refuse(Refusal::wrong_method, "this call has another method; docs/api.md lists all of them");
}

std::variant<Call, http::Response> read_order(std::string_view body) {
  const json value = json::parse(body, nullptr, false);
  if (value.is_discarded()) return refuse(Refusal::bad_request, "the body is not JSON");
  Result<ShareOrder> order = decode_order(value);
  if (!order) return refuse(Refusal::bad_request, order.error().message);
  return AddCall{*std::move(order)};
}

/// The field `name` of an object that has just these fields, whole numbers from 0 on.
std::optional<std::int64_t> read_rate(const json& object, const char* name) {
  const auto found = object.find(name);
  if (found == object.end() || !found->is_number_unsigned()) return std::nullopt;
  const auto rate = found->get<std::uint64_t>();
  return rate <= kRateMax ? std::optional(static_cast<std::int64_t>(rate)) : std::nullopt;
}

std::variant<Call, http::Response> read_limits(std::string_view body) {
  const json value = json::parse(body, nullptr, false);
  if (value.is_object() && value.size() == 2) {
    const std::optional<std::int64_t> up = read_rate(value, "up_limit");
    const std::optional<std::int64_t> down = read_rate(value, "down_limit");
    if (up && down) return LimitsCall{*up, *down};
  }
  return refuse(Refusal::bad_request,
                "the body is {\"up_limit\": N, \"down_limit\": N}, bytes per second, 0: no limit");
}

std::variant<Call, http::Response> read_settings(std::string_view body) {
  const json value = json::parse(body, nullptr, false);
  const Result<net::HostChanges> changes = decode_changes(value);
  if (!changes) return refuse(Refusal::bad_request, changes.error().message);
  return SettingsCall{*changes};
}

std::variant<Call, http::Response> read_torrent(std::string_view body) {
  const json value = json::parse(body, nullptr, false);
  if (value.is_object() && value.size() == 1 && value.contains("data") && value["data"].is_string()) {
    std::optional<Bytes> torrent = crypto::from_base64url(value["data"].get_ref<const std::string&>());
    if (torrent) return TorrentCall{*std::move(torrent)};
  }
  return refuse(Refusal::bad_request, "the body is {\"data\": TORRENT}, a .torrent file in base64url without padding");
}

/// Of "NAME=NUMBER"; `absent` without it.
std::optional<std::uint64_t> read_number(std::string_view query, std::string_view name, std::uint64_t absent) {
  if (query.empty()) return absent;
  if (!query.starts_with(name) || !query.substr(name.size()).starts_with('=')) return std::nullopt;
  query.remove_prefix(name.size() + 1);
  return parse_digits<std::uint64_t>(query);
}

/// Of "ID/files" and "ID/files/PATH"; `rest` is what follows "files".
std::variant<Call, http::Response> read_files_call(const http::Request& request, std::string id, std::string_view rest,
                                                   std::string_view query) {
  if (request.method != http::Method::get && request.method != http::Method::head) return wrong_method();
  if (rest.empty()) {
    if (const auto after = read_number(query, "after", 0)) return FilesCall{std::move(id), *after};
    return refuse(Refusal::bad_request, kOnlyAfter);
  }
  std::optional<std::string> path = percent_decode(rest.substr(1));
  if (!path || path->empty() || !is_utf8(*path)) return refuse(Refusal::bad_request, "this is not the path of a file");
  if (!query.empty() && !query.starts_with("key=")) return refuse(Refusal::bad_request, "the only parameter is 'key'");
  FileCall call{std::move(id), *std::move(path), request.method == http::Method::head};
  if (!call.only_head) {  // RFC 9110 §14.2: a part is only ever sent to a GET
    call.range = request.range;
    call.if_range = request.if_range;
  }
  return call;
}

/// Of "ID", "ID/pause", …, percent-encoded.
std::variant<Call, http::Response> read_share_call(const http::Request& request, std::string_view rest,
                                                   std::string_view query) {
  const std::size_t slash = rest.find('/');
  const std::string_view action = slash == std::string_view::npos ? std::string_view() : rest.substr(slash + 1);
  std::optional<std::string> id = percent_decode(rest.substr(0, slash));
  if (!id || id->empty() || !is_utf8(*id)) return refuse(Refusal::bad_request, "this is not the ID of a share");
  const bool looks = request.method == http::Method::get || request.method == http::Method::head;
  if (slash == std::string_view::npos) {
    if (looks) return ShowCall{*std::move(id)};
    if (request.method != http::Method::erase) return wrong_method();
    if (query.empty() || query == "data=0") return RemoveCall{*std::move(id), false};
    if (query == "data=1") return RemoveCall{*std::move(id), true};
    return refuse(Refusal::bad_request, "the only parameter is 'data', 0 or 1");
  }
  if (action == "shared") {
    const std::optional<std::uint64_t> after = read_number(query, "after", 0);
    if (!looks) return wrong_method();
    if (after) return SharedCall{*std::move(id), *after};
    return refuse(Refusal::bad_request, kOnlyAfter);
  }
  if (action == "chunks") {
    const std::optional<std::uint64_t> cells = read_number(query, "cells", kCellsDefault);
    if (!looks) return wrong_method();
    if (cells && *cells > 0 && *cells <= kCellsMax) return ChunksCall{*std::move(id), *cells};
    return refuse(Refusal::bad_request, "the only parameter is 'cells', 1 to " + std::to_string(kCellsMax));
  }
  constexpr std::string_view kFiles = "files";
  if (action.starts_with(kFiles) && (action.size() == kFiles.size() || action[kFiles.size()] == '/')) {
    return read_files_call(request, *std::move(id), action.substr(kFiles.size()), query);
  }
  if (action != "pause" && action != "resume") return unknown_call();
  if (request.method != http::Method::post) return wrong_method();
  if (action == "pause") return PauseCall{*std::move(id)};
  return ResumeCall{*std::move(id)};
}

}  // namespace

const char* to_string(Refusal refusal) {
  return row_of(refusal).word;
}

std::variant<Call, http::Response> read_call(const http::Request& request) {
  if (std::optional<http::Response> refused = check_sender(request)) return *std::move(refused);
  return decode_call(request);
}

std::variant<Call, http::Response> decode_call(const http::Request& request) {
  const std::size_t mark = request.target.find('?');
  const std::string_view path = request.target.substr(0, mark);
  const std::string_view query = mark == std::string_view::npos ? std::string_view() : request.target.substr(mark + 1);
  const bool looks = request.method == http::Method::get || request.method == http::Method::head;
  if (const std::optional<metrics::Form> form = metrics::form_of(path)) {
    if (looks) return MetricsCall{*form};
    return wrong_method();
  }
  if (path == "/api/daemon") {
    if (looks) return DescribeCall{};
    return wrong_method();
  }
  if (path == "/api/daemon/limits" || path == "/api/daemon/settings" || path == "/api/torrents") {
    if (request.method != http::Method::post) return wrong_method();
    if (path == "/api/torrents") return read_torrent(request.body);
    return path == "/api/daemon/limits" ? read_limits(request.body) : read_settings(request.body);
  }
  if (path == "/api/dht" || path == "/api/log") {
    if (!looks) return wrong_method();
    if (path == "/api/dht") return DhtCall{};
    if (const std::optional<std::uint64_t> after = read_number(query, "after", 0)) return LogCall{*after};
    return refuse(Refusal::bad_request, kOnlyAfter);
  }
  if (path == "/api/events") {
    if (request.method == http::Method::get) return EventsCall{};
    return wrong_method();
  }
  if (path == kShares) {
    if (looks) return ListCall{};
    if (request.method == http::Method::post) return read_order(request.body);
    return wrong_method();
  }
  if (path.starts_with(kShares) && path.substr(kShares.size()).starts_with('/')) {
    return read_share_call(request, path.substr(kShares.size() + 1), query);
  }
  return unknown_call();
}

http::Response answer(unsigned status, json fields) {
  fields["api"] = kApiVersion;
  fields["version"] = std::string(version());
  return {status, to_bytes(fields.dump(-1, ' ', false, json::error_handler_t::replace) + "\n"), std::string(kJson)};
}

http::Response refuse(Refusal refusal, std::string_view message) {
  const RefusalRow& row = row_of(refusal);
  return answer(row.status, {{"error", {{"kind", row.word}, {"message", message}}}});
}

http::Response refuse_status(unsigned status) {
  switch (status) {
    case 405: return refuse(Refusal::wrong_method, "the methods are GET, HEAD, POST and DELETE");
    case 411: return refuse(Refusal::no_length, "a POST needs a Content-Length");
    case 413: return refuse(Refusal::too_long, "the body is too long, or this method has none");
    case 431: return refuse(Refusal::head_too_long, "the head of the request is too long");
    default: return refuse(Refusal::bad_request, "this is not an HTTP request");
  }
}

}  // namespace stp::daemon
