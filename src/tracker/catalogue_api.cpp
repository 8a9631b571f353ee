#include "tracker/catalogue_api.h"

#include <chrono>
#include <utility>

#include "tracker/catalogue_reply.h"
#include "tracker/tracker_url.h"

namespace stp::tracker {
namespace {

constexpr std::string_view kShares = "/api/shares";
constexpr std::chrono::seconds kAskAgain{5};

http::Response json_response(unsigned status, Bytes body) {
  return {status, std::move(body), std::string(kJsonType)};
}

http::Response json_error(unsigned status, std::string_view message) {
  return json_response(status, encode_catalogue_error(message));
}

unsigned status_of(ErrorKind kind) {
  switch (kind) {
    case ErrorKind::denied: return 403;
    case ErrorKind::limit:
    case ErrorKind::busy: return 503;
    default: return 400;
  }
}

http::Response json_error(const Error& error) {
  http::Response response = json_error(status_of(error.kind), error.message);
  if (error.kind == ErrorKind::busy) response.retry_after = kAskAgain;
  return response;
}

http::Response put_response(const Result<Catalogue::Put>& outcome) {
  if (!outcome) return json_error(outcome.error());
  return *outcome == Catalogue::Put::listed ? json_response(201, encode_put("listed"))
                                            : json_response(202, encode_put("held"));
}

std::optional<InfoHash> hash_in(std::string_view rest) {
  return rest.starts_with('/') ? InfoHash::parse_hex(rest.substr(1)) : std::nullopt;
}

http::Response not_a_hash() {
  return json_error(404, "nothing here: write /api/shares/INFOHASH with the 64 hex digits of a v2 info-hash");
}

http::Response wrong_method() {
  return json_error(405, "PUT goes to /api/shares/INFOHASH");
}

/// The announce URL of this tracker as this client sees it; empty when the client does not say.
std::string announce_url(const CatalogueApi::Call& call) {
  const std::string_view host = call.request.host;
  if (host.empty() || host.find_first_of("/?") != std::string_view::npos) return {};
  const std::string text = std::string(call.https ? "https://" : "http://") + std::string(host) +
                           std::string(call.path.prefix) + "/announce";
  const Result<Url> url = parse_tracker_url(text);
  return url ? url->to_string() : std::string();
}

std::optional<http::Response> closed_to(const CatalogueApi::Call& call, const InfoHash& info_hash) {
  if (call.closed == nullptr || call.closed->contains(swarm_of(info_hash))) return std::nullopt;
  return json_error(403, kNotServed);
}

}  // namespace

std::optional<CataloguePath> catalogue_path(std::string_view path) {
  for (std::size_t at = path.find(kShares); at != std::string_view::npos; at = path.find(kShares, at + 1)) {
    std::string_view rest = path.substr(at + kShares.size());
    if (!rest.empty() && !rest.starts_with('/')) continue;
    if (rest == "/") rest = {};
    return CataloguePath{path.substr(0, at), rest};
  }
  return std::nullopt;
}

http::Response no_catalogue() {
  return json_error(404, "this tracker keeps no catalogue");
}

http::Response unknown_client() {
  return json_error(400, kUnknownClient);
}

http::Response CatalogueApi::respond(const Call& call, Instant now) {
  const bool is_put = call.request.method == http::Method::put;
  if (call.path.rest.empty()) return is_put ? wrong_method() : search(call, now);
  const std::optional<InfoHash> info_hash = hash_in(call.path.rest);
  if (!info_hash) return not_a_hash();
  if (!is_put) return show(call, *info_hash, now);
  if (std::optional<http::Response> refusal = closed_to(call, *info_hash)) return *std::move(refusal);
  return put_response(catalogue_.put(*info_hash, as_bytes(call.request.body), call.client, now));
}

std::optional<http::Response> CatalogueApi::respond_early(const Call& call, Instant now) {
  if (call.path.rest.empty()) return wrong_method();
  const std::optional<InfoHash> info_hash = hash_in(call.path.rest);
  if (!info_hash) return not_a_hash();
  if (std::optional<http::Response> refusal = closed_to(call, *info_hash)) return refusal;
  const std::optional<Result<Catalogue::Put>> outcome = catalogue_.foresee(*info_hash, call.client, now);
  return outcome ? std::optional(put_response(*outcome)) : std::nullopt;
}

http::Response CatalogueApi::search(const Call& call, Instant now) {
  const Result<ShareQuery> query = parse_share_query(call.query);
  if (!query) return json_error(query.error());
  const Result<SharePage> page = catalogue_.search(*query, now);
  if (!page) return json_error(page.error());
  return json_response(200, encode_share_page(*page, announce_url(call)));
}

http::Response CatalogueApi::show(const Call& call, const InfoHash& info_hash, Instant now) {
  const std::optional<ListedShare> share = catalogue_.find(info_hash, now);
  if (!share) return json_error(404, "this share is not listed");
  return json_response(200, encode_share(*share, announce_url(call)));
}

}  // namespace stp::tracker
