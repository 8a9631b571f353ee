#include "net/share_sources.h"

#include "core/add_new.h"

namespace stp::net {
namespace {

void add_all(std::vector<std::string>& list, const std::vector<std::string>& items) {
  for (const std::string& item : items) add_new(list, item);
}

}  // namespace

ShareSources sources_of(const GivenSources& given, const wire::Link* link, const content::TorrentFile* torrent) {
  ShareSources sources{given.trackers, given.peers, {}, given.http_seeds};
  if (link != nullptr) {
    add_all(sources.trackers, link->trackers);
    for (const HostPort& peer : link->peers) add_new(sources.peers, peer.to_string());
    add_all(sources.web_seeds, link->web_seeds);
  }
  if (torrent != nullptr) {
    add_all(sources.trackers, torrent->trackers());
    add_all(sources.web_seeds, torrent->web_seeds);
    add_all(sources.http_seeds, torrent->http_seeds);
  }
  if (!given.trackers_allowed) sources.trackers.clear();
  if (!given.web_seeds_allowed) sources.web_seeds = sources.http_seeds = {};
  return sources;
}

wire::Link link_of(const content::TorrentFile& torrent) {
  wire::Link link;
  link.info_hashes = torrent.metainfo->info_hashes();
  link.name = torrent.metainfo->name();
  link.trackers = torrent.trackers();
  link.web_seeds = torrent.web_seeds;
  return link;
}

}  // namespace stp::net
