// ShareSources: where the peers of a share, and its bytes, are sought besides the DHT. They come from people, from the
// share's link and from a .torrent; the rules for taking them together are here, for every program.
#pragma once

#include <string>
#include <vector>

#include "content/torrent_file.h"
#include "wire/link.h"

namespace stp::net {

struct ShareSources {
  std::vector<std::string> trackers;         // URLs
  std::vector<std::string> peers;            // "host:port", resolved in the background
  std::vector<std::string> web_seeds = {};   // URLs (BEP 19)
  std::vector<std::string> http_seeds = {};  // URLs (BEP 17)
};

/// What somebody gave for one share, and what may be taken from elsewhere.
struct GivenSources {
  std::vector<std::string> trackers;
  std::vector<std::string> peers;
  std::vector<std::string> http_seeds = {};
  bool trackers_allowed = true;   // otherwise none at all
  bool web_seeds_allowed = true;  // otherwise none at all, of either kind
};

/// What was given, then what `link` and `torrent` name; each may be null.
[[nodiscard]] ShareSources sources_of(const GivenSources& given, const wire::Link* link,
                                      const content::TorrentFile* torrent = nullptr);

/// The public link of what a .torrent describes, with its trackers and its web seeds (BEP 19). What a link has no words
/// for is left out: tiers, web seeds of BEP 17, DHT nodes.
[[nodiscard]] wire::Link link_of(const content::TorrentFile& torrent);

}  // namespace stp::net
