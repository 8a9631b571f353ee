#include "daemon/prepare.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <functional>
#include <set>
#include <utility>

#include "content/control_file.h"
#include "content/described_share.h"
#include "content/download.h"
#include "content/hash_store.h"
#include "content/posix_file.h"
#include "content/scan.h"
#include "content/small_file.h"
#include "content/symlink_targets.h"
#include "core/add_new.h"
#include "core/shown_text.h"
#include "net/link_for_others.h"
#include "net/own_addresses.h"

namespace stp::daemon {

// --- metainfos

std::filesystem::path MetainfoStore::file_of(const InfoHash& info_hash) const {
  return directory_ / (info_hash.hex() + ".torrent");
}

Status MetainfoStore::save(const content::TorrentFile& torrent) const {
  if (::mkdir(directory_.c_str(), 0700) != 0 && errno != EEXIST) {
    return content::file_error("create the directory", directory_.string(), errno);
  }
  const Bytes bytes = content::encode_torrent(torrent);
  return content::replace_file(file_of(torrent.metainfo->info_hash()), as_text(bytes), content::Sync::yes,
                               content::kOwnerOnly);
}

std::optional<content::TorrentFile> MetainfoStore::load(const InfoHash& info_hash) const {
  const Result<std::string> bytes = content::read_small_file(file_of(info_hash), content::kTorrentBytesMax);
  if (!bytes) return std::nullopt;
  Result<content::TorrentFile> torrent = content::decode_torrent(as_bytes(*bytes));
  if (!torrent || torrent->metainfo->info_hash() != info_hash) return std::nullopt;
  return *std::move(torrent);
}

void MetainfoStore::erase(const InfoHash& info_hash) const {
  (void)::unlink(file_of(info_hash).c_str());
}

// --- sources and links

net::ShareSources sources_of(const ShareOrder& order, const wire::Link* link, const content::TorrentFile* torrent) {
  return net::sources_of({order.trackers, order.peers, order.http_seeds, !order.only_dht, !order.no_web_seeds}, link,
                         torrent);
}

Result<LinkMaker> LinkMaker::open(const ShareOrder& order, const Places& places, const Endpoint& listening) {
  LinkMaker maker;
  for (const IpAddress& address : net::own_addresses(listening.address)) {
    maker.reachable_.push_back({address, listening.port});
  }
  maker.web_seeds_ = order.web_seeds;
  if (!order.only_dht) maker.trackers_ = net::trackers_for_others(order.trackers);
  if (!order.private_share) return maker;
  Result<crypto::NodeKey> key = places.node_key();
  if (!key) return key.error();
  maker.key_.emplace(*std::move(key));
  return maker;
}

wire::Link LinkMaker::make(const content::Metainfo& metainfo, const std::optional<Endpoint>& outside) const {
  wire::Link link = net::link_for_others(metainfo, trackers_, reachable_, outside);
  link.web_seeds = web_seeds_;
  if (key_) link.secret = crypto::share_secret(*key_, link.info_hash());
  return link;
}

// --- seeds

Result<PreparedSeed> prepare_seed(const ShareOrder& order, const Places& places, const OwnAddresses& own,
                                  content::HashOptions hashing) {
  content::ScanRules rules;
  if (order.follow_links) rules.links = content::Links::all;
  rules.own_folders = places.own_folders;
  std::vector<bool> used(order.excluded.size());
  rules.excluded = [&](const std::vector<std::string>& path) {
    return content::is_excluded(order.excluded, path, used);
  };
  Result<content::Scan> scan = content::scan(order.paths, order.name, rules);
  if (!scan) return scan.error();
  const content::HashStore store(places.hashes.string());
  content::BuildOptions build;
  build.with_v1 = !order.private_share && !order.v2_only;
  build.times = order.times;
  if (!places.hashes.empty()) build.store = &store;
  build.hashing = std::move(hashing);
  Result<content::Share> share = content::build_share(*scan, build);
  if (!share) return share.error();
  share->warnings.insert(share->warnings.begin(), scan->warnings.begin(), scan->warnings.end());
  const Result<LinkMaker> links = LinkMaker::open(order, places, own.listening);
  if (!links) return links.error();
  wire::Link link = links->make(*share->metainfo, own.outside);
  return PreparedSeed{*std::move(share), std::move(link), sources_of(order, nullptr)};
}

Result<PreparedSeed> prepare_described(const ShareOrder& order, const content::TorrentFile& torrent,
                                       const Places& places, const OwnAddresses& own,
                                       const content::HashOptions& hashing) {
  const std::string& path = order.paths.front();
  Result<content::DescribedShare> checked = content::check_described(torrent.metainfo, torrent.hashes, path, hashing);
  if (!checked) return checked.error();
  if (!checked->share) {
    Error error = content::not_as_described(*torrent.metainfo, checked->report, path, order.torrent);
    if (!checked->report.problems.empty()) error.message += " (" + checked->report.problems.front().error.message + ")";
    return error;
  }
  const Result<LinkMaker> links = LinkMaker::open(order, places, own.listening);
  if (!links) return links.error();
  wire::Link link = links->make(*torrent.metainfo, own.outside);
  net::ShareSources sources = sources_of(order, nullptr, &torrent);
  for (const std::string& tracker : sources.trackers) add_new(link.trackers, tracker);
  for (const std::string& web_seed : torrent.web_seeds) add_new(link.web_seeds, web_seed);
  return PreparedSeed{*std::move(checked->share), std::move(link), std::move(sources)};
}

// --- downloads

namespace {

using Path = std::vector<std::string>;

/// Removes single files and folders below a directory, and remembers the first error.
class Remover {
 public:
  explicit Remover(const content::Fd& directory) : directory_(directory) {}

  void remove_file(Path path) {
    remove_file_if(std::move(path), [](const struct ::stat&) { return true; });
  }
  /// One that `is_ours` refuses stays, which is an error.
  void remove_file_if(Path path, const std::function<bool(const struct ::stat&)>& is_ours) {
    const std::string name = path.back();
    path.pop_back();
    const Result<content::Fd> folder = open(path);
    if (!folder) return;
    struct ::stat status {};
    if (::fstatat(folder->get(), name.c_str(), &status, AT_SYMLINK_NOFOLLOW) != 0) {
      if (errno != ENOENT) keep(content::file_error("remove", name, errno));
      return;
    }
    if (!S_ISREG(status.st_mode)) return;
    if (is_ours(status)) return unlink(*folder, name, 0);
    keep({ErrorKind::exists, escaped(name) + " was changed since it was downloaded; it stays"});
  }

  /// One that leads elsewhere stays.
  void remove_symlink(Path path, const std::string& text) {
    const Result<std::optional<std::string>> there = content::read_symlink(directory_, path);
    if (!there || *there != text) return;
    const std::string name = path.back();
    path.pop_back();
    if (const Result<content::Fd> folder = open(path)) unlink(*folder, name, 0);
  }

  /// Only if nothing is in it.
  void remove_folder(Path path) {
    const std::string name = path.back();
    path.pop_back();
    const Result<content::Fd> folder = open(path);
    if (!folder) return;
    const auto type = content::entry_type(*folder, name);
    if (type && *type == content::EntryType::folder) unlink(*folder, name, AT_REMOVEDIR);
  }

  [[nodiscard]] Status result() const { return first_ ? Status(*first_) : Status(Done{}); }

 private:
  [[nodiscard]] Result<content::Fd> open(const Path& path) {
    Result<content::Fd> folder = content::open_folder_below(directory_, path, content::Missing::fail);
    if (!folder && folder.error().kind != ErrorKind::not_found) keep(folder.error());
    return folder;
  }
  void unlink(const content::Fd& folder, const std::string& name, int flags) {
    if (::unlinkat(folder.get(), name.c_str(), flags) == 0 || errno == ENOENT) return;
    const bool in_use = flags == AT_REMOVEDIR && (errno == ENOTEMPTY || errno == EEXIST);
    if (!in_use) keep(content::file_error("remove", name, errno));
  }
  void keep(const Error& error) {
    if (!first_) first_ = error;
  }

  const content::Fd& directory_;
  std::optional<Error> first_;
};

/// The files, symbolic links and folders of the share below `root`, and `root`. `remove_file` gets the number of each file.
void remove_tree(Remover& remover, const content::Metainfo& metainfo, const std::string& root,
                 const std::function<void(std::size_t file, Path path)>& remove_file) {
  if (metainfo.is_single_file()) return remove_file(0, {root});
  std::set<Path> folders = {{root}};
  const auto add_folders = [&](Path path) {
    for (; path.size() > 1; path.pop_back()) {
      if (!folders.insert(path).second) return;
    }
  };
  const auto below_root = [&](const Path& path) {
    Path whole = {root};
    whole.insert(whole.end(), path.begin(), path.end());
    return whole;
  };
  for (std::size_t file = 0; file < metainfo.files().size(); ++file) {
    Path path = below_root(metainfo.files()[file].path);
    remove_file(file, path);
    path.pop_back();
    add_folders(std::move(path));
  }
  for (const content::Symlink& link : metainfo.symlinks()) {
    Path path = below_root(link.path);
    if (!link.target.empty()) remover.remove_symlink(path, content::text_of(link));
    path.pop_back();
    add_folders(std::move(path));
  }
  for (const Path& folder : metainfo.empty_folders()) add_folders(below_root(folder));
  // Deeper ones are behind those that they are in.
  for (auto folder = folders.rbegin(); folder != folders.rend(); ++folder) remover.remove_folder(*folder);
}

}  // namespace

Status remove_download(const Downloaded& downloaded, const content::Metainfo& metainfo) {
  // Not through a link that has taken the directory's place.
  const content::Fd folder(::open(downloaded.directory.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
  if (folder.get() < 0) {
    return errno == ENOENT ? Status(Done{}) : Status(content::file_error("open", downloaded.directory, errno));
  }
  Remover remover(folder);
  const content::DiskNames names = content::disk_names(metainfo);
  const auto control = content::find_control_file(downloaded.directory, metainfo.info_hash());
  if (control && *control) {
    remove_tree(remover, metainfo, names.part,
                [&](std::size_t /*file*/, Path path) { remover.remove_file(std::move(path)); });
    remover.remove_file({names.control});
  }
  if (!downloaded.complete) return remover.result();
  remove_tree(remover, metainfo, metainfo.name(), [&](std::size_t file, Path path) {
    if (!downloaded.chosen.wants(metainfo, file)) return;
    remover.remove_file_if(std::move(path), [&](const struct ::stat& status) {
      return status.st_size == metainfo.files()[file].bytes && status.st_mtim.tv_sec <= downloaded.completed;
    });
  });
  return remover.result();
}

}  // namespace stp::daemon
