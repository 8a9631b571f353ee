// FolderJob: a folder of a host of which every file is a share of its own, or that is one share and a new one when it
// has changed (Host::add); and what is said about it.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "content/metainfo.h"
#include "core/ids.h"
#include "core/result.h"
#include "net/host.h"
#include "wire/link.h"

namespace stp::net {

struct FolderJob {
  std::string path;    // of the folder, as the user wrote it; names the share and is shown
  std::string root;    // the same, resolved (content::resolve_folder())
  bool each = true;    // every file is a share of its own; otherwise all of it is one, which needs `watch`
  bool watch = false;  // follow what appears, changes, moves and goes; otherwise everything is shared as it is
  std::string name;    // of the share, unless each; empty: the folder's
  /// Whether the file or folder at this path below the folder is left out. Called on any thread.
  std::function<bool(const std::vector<std::string>& path)> excluded;
  std::vector<std::string> own_folders;  // never shared (content/scan.h)
  std::string hash_directory;            // of the hash store; empty: hashes are not remembered
  bool with_v1 = false;                  // content::BuildOptions::with_v1
  bool times = false;                    // content::BuildOptions::times
  /// The link of one of its shares. Called on the network thread.
  std::function<Result<wire::Link>(const content::Metainfo& metainfo)> make_link;
  bool listed = false;  // SeedJob::listed
  ShareSources sources = {};
};

struct FolderShare {
  const std::string& path;  // below the folder; empty for all of it
  const wire::Link& link;
  const content::Metainfo& metainfo;
  std::int64_t bytes_hashed = 0;  // 0: the hashes were known
};

struct FolderStatus {
  std::size_t files = 0;   // found
  std::size_t shared = 0;  // of these
  bool settled = false;    // nothing is left to do until something changes
};

/// What its shares do together.
struct FolderTotals {
  std::uint32_t peers = 0;
  double up_rate = 0;         // bytes per second
  std::int64_t uploaded = 0;  // payload, also of shares that were withdrawn
};

/// FolderJob::excluded: temporary files of editors and downloads, and what matches one of `patterns` (content/glob.h).
[[nodiscard]] std::function<bool(const std::vector<std::string>& path)> folder_excludes(
    std::vector<std::string> patterns);

/// Called on the network thread. Calls must be short.
class FolderObserver {
 public:
  virtual ~FolderObserver() = default;
  virtual void on_shared(const FolderShare& share) = 0;
  /// The path is not shared any more: it is gone, or has changed (all of it: and nobody wants what it was).
  virtual void on_withdrawn(const std::string& path, const InfoHash& info_hash) = 0;
  /// One line: what was left out, or can't be followed.
  virtual void on_problem(const std::string& line) = 0;
  /// About twice a second, and whenever it has settled.
  virtual void on_folder_status(const FolderStatus& /*status*/) {}
  /// The last call. An error: why the folder could not be shared.
  virtual void on_folder_ended(const Status& /*status*/) {}
};

}  // namespace stp::net
