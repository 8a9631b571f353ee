#include "net/link_for_others.h"

#include <algorithm>
#include <utility>

#include "tracker/tracker_url.h"

namespace stp::net {

std::vector<std::string> trackers_for_others(std::span<const std::string> trackers) {
  std::vector<std::string> urls;
  for (const std::string& text : trackers) {
    Result<Url> url = tracker::parse_tracker_url(text);
    if (!url) continue;
    url->host.resize(std::min(url->host.find('%'), url->host.size()));
    urls.push_back(url->to_string());
  }
  return urls;
}

wire::Link link_for_others(const content::Metainfo& metainfo, std::vector<std::string> trackers,
                           std::span<const Endpoint> reachable, const std::optional<Endpoint>& outside) {
  wire::Link link;
  link.info_hashes = metainfo.info_hashes();
  link.name = metainfo.name();
  link.trackers = std::move(trackers);
  for (const Endpoint& endpoint : reachable) {
    link.peers.push_back({endpoint.address.without_zone().to_string(), endpoint.port});
  }
  if (outside) link.peers.push_back({outside->address.to_string(), outside->port});
  return link;
}

}  // namespace stp::net
