// What a share of the daemon takes: where its peers are sought, its link, and what is done with files before it begins and
// when it is removed, off the network thread.
#pragma once

#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "content/file_choice.h"
#include "content/parallel_hasher.h"
#include "content/share_builder.h"
#include "content/torrent_file.h"
#include "core/endpoint.h"
#include "core/result.h"
#include "crypto/secret.h"
#include "daemon/record.h"
#include "net/host.h"
#include "wire/link.h"

namespace stp::daemon {

/// Where the daemon's files are, and whatever else preparing takes. Thread-safe.
struct Places {
  std::filesystem::path directory;       // of the daemon: journal, lock, metainfos
  std::filesystem::path hashes;          // of shared files (content/hash_store.h); empty: they are not remembered
  std::vector<std::string> own_folders;  // never shared: they hold keys
  std::function<Result<crypto::NodeKey>()> node_key;
};

/// Metainfos of downloads, by info-hash: one that is complete can be served again without asking peers what it is.
class MetainfoStore {
 public:
  explicit MetainfoStore(std::filesystem::path directory) : directory_(std::move(directory)) {}

  [[nodiscard]] Status save(const content::TorrentFile& torrent) const;
  /// nullopt: there is none, or it is damaged; peers have it.
  [[nodiscard]] std::optional<content::TorrentFile> load(const InfoHash& info_hash) const;
  void erase(const InfoHash& info_hash) const;

 private:
  [[nodiscard]] std::filesystem::path file_of(const InfoHash& info_hash) const;
  std::filesystem::path directory_;
};

/// Where its peers are sought, by the order and, if they are not null, by the link and by the .torrent.
[[nodiscard]] net::ShareSources sources_of(const ShareOrder& order, const wire::Link* link,
                                           const content::TorrentFile* torrent = nullptr);

/// Where others reach us; all of it goes into links.
struct OwnAddresses {
  Endpoint listening;
  std::optional<Endpoint> outside = {};  // through the router
};

/// Makes the links of what an order shares.
class LinkMaker {
 public:
  /// Reads the node key, if the order needs it: errors as Places::node_key(). `listening`: OwnAddresses::listening.
  [[nodiscard]] static Result<LinkMaker> open(const ShareOrder& order, const Places& places, const Endpoint& listening);
  /// With `outside`, as in OwnAddresses.
  [[nodiscard]] wire::Link make(const content::Metainfo& metainfo, const std::optional<Endpoint>& outside) const;

 private:
  LinkMaker() = default;

  std::vector<std::string> trackers_;
  std::vector<std::string> web_seeds_;
  std::vector<Endpoint> reachable_;
  std::optional<crypto::NodeKey> key_;  // of a private share
};

struct PreparedSeed {
  content::Share share;  // its warnings include those of the scan
  wire::Link link;
  net::ShareSources sources;
};

/// Scans and hashes, as far as the files are not known.
/// Errors as content::scan() and content::build_share(), and of the node key.
[[nodiscard]] Result<PreparedSeed> prepare_seed(const ShareOrder& order, const Places& places, const OwnAddresses& own,
                                                content::HashOptions hashing);

/// The same of what order.torrent describes, once the path was checked against it. Errors: as content::check_described(),
/// integrity (the path is something else).
[[nodiscard]] Result<PreparedSeed> prepare_described(const ShareOrder& order, const content::TorrentFile& torrent,
                                                     const Places& places, const OwnAddresses& own,
                                                     const content::HashOptions& hashing);

/// What a download has left on disk.
struct Downloaded {
  std::string directory;       // where NAME, or NAME.part and NAME.stp, are
  content::FileChoice chosen;  // the files that were wanted
  bool complete = false;       // NAME is the download's; else only NAME.part and NAME.stp are …
  std::int64_t completed = 0;  // … since this time: files that were modified later are the user's
};

/// Removes the files of the share and the folders that are empty then; never anything else, and no symbolic link is
/// followed. NAME.part and NAME.stp go only if NAME.stp is of this share. Files that have another size, or were
/// modified since, stay, which is an error of kind `exists`. The first error is returned, after all else is removed.
[[nodiscard]] Status remove_download(const Downloaded& downloaded, const content::Metainfo& metainfo);

}  // namespace stp::daemon
