// CatalogueApi: the HTTP API of a catalogue (docs/tracker-api.md). A core: a request in, a response out.
//
//   GET /api/shares?name=&sort=&page=     the shares whose name matches, one page
//   GET /api/shares/INFOHASH              one of them; 404 if it is not listed
//   PUT /api/shares/INFOHASH              lists a share; the body is its info dictionary
//
// The path may have parts before "/api/shares", like announce URLs with a passkey or behind a proxy; they are part of
// the announce URL in links. Every response is JSON. The catalogue must outlive the API.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "core/endpoint.h"
#include "core/time.h"
#include "http/message.h"
#include "tracker/catalogue.h"
#include "tracker/closed_list.h"

namespace stp::tracker {

/// A path of the API: what is before "/api/shares" and what is behind it.
struct CataloguePath {
  std::string_view prefix;
  std::string_view rest;  // "" or "/INFOHASH"
};

/// nullopt if `path`, which is without its query, does not belong to the API.
[[nodiscard]] std::optional<CataloguePath> catalogue_path(std::string_view path);

/// The response of a tracker that keeps no catalogue.
[[nodiscard]] http::Response no_catalogue();
/// Why a request that a trusted proxy passes on can't be answered.
inline constexpr std::string_view kUnknownClient = "the proxy in front of this tracker sends no usable X-Forwarded-For";
/// The response to a request whose client a trusted proxy does not name.
[[nodiscard]] http::Response unknown_client();

class CatalogueApi {
 public:
  explicit CatalogueApi(Catalogue& catalogue) : catalogue_(catalogue) {}

  struct Call {
    const http::Request& request;
    CataloguePath path;
    std::string_view query;
    IpAddress client;
    bool https = false;                  // how the client reached us
    const ClosedList* closed = nullptr;  // null: the tracker is open
  };
  [[nodiscard]] http::Response respond(const Call& call, Instant now);

  /// The response to a PUT whose body has not arrived, if it does not depend on the body.
  [[nodiscard]] std::optional<http::Response> respond_early(const Call& call, Instant now);

 private:
  [[nodiscard]] http::Response search(const Call& call, Instant now);
  [[nodiscard]] http::Response show(const Call& call, const InfoHash& info_hash, Instant now);

  Catalogue& catalogue_;
};

}  // namespace stp::tracker
