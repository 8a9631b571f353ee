#include "webseed/seed_url.h"

#include <algorithm>
#include <utility>

#include "core/percent.h"
#include "core/text.h"

namespace stp::webseed {
namespace {

/// The target's path, and its query with the '?'.
std::pair<std::string, std::string> split_query(const std::string& target) {
  const std::size_t query = std::min(target.find('?'), target.size());
  return {target.substr(0, query), target.substr(query)};
}

}  // namespace

Url url_of_file(const content::WebSeed& seed, const content::Metainfo& metainfo, std::size_t file) {
  Url url = seed.url;
  auto [path, query] = split_query(url.target);
  const bool folder = path.empty() || path.back() == '/';
  if (folder || !metainfo.is_single_file()) {
    if (path.empty() || path.back() != '/') path += '/';
    path += percent_encode(metainfo.name());
    if (!metainfo.is_single_file()) {
      for (const std::string& component : metainfo.files()[file].path) path += '/' + percent_encode(component);
    }
  }
  url.target = path + query;
  return url;
}

Url url_of_piece(const content::WebSeed& seed, const content::Metainfo& metainfo, ChunkIndex piece, std::int64_t first,
                 std::int64_t bytes) {
  Url url = seed.url;
  url.target = url.request_target();
  url.target += url.target.find('?') == std::string::npos ? '?' : '&';
  url.target += "info_hash=" + percent_encode(as_text(metainfo.info_hashes().v1->bytes)) +
                "&piece=" + std::to_string(piece.value) + "&ranges=" + std::to_string(first) + '-' +
                std::to_string(first + bytes - 1);
  return url;
}

Result<std::vector<Endpoint>> allowed_servers(std::span<const Endpoint> found, bool own_query,
                                              const IpAddress* source) {
  std::vector<Endpoint> allowed;
  std::string why;
  for (const Endpoint& each : found) {
    if (source != nullptr && source->is_v4() != each.address.is_v4()) continue;
    if (each.address.is_link_local()) {
      why = "link-local addresses are not asked (" + each.address.to_string() + ")";
    } else if (each.address.is_local() && own_query) {
      why = "an address inside our own network is not asked with a query (" + each.address.to_string() + ")";
    } else if (each.is_dialable()) {
      allowed.push_back(each);
    }
  }
  if (!allowed.empty()) return allowed;
  if (!why.empty()) return Error{ErrorKind::denied, why};
  return Error{ErrorKind::unsupported, "it has no address that we can reach from where we listen"};
}

}  // namespace stp::webseed
