// What the user asked for: flags, environment and configuration combined.
#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "core/endpoint.h"
#include "core/time.h"
#include "core/trace.h"
#include "tracker/catalogue_query.h"

namespace stp::cli {

enum class Command : std::uint8_t {
  share,
  get,
  find,
  tracker,
  node,
  info,
  verify,
  doctor,
  daemon,
  list,
  pause,
  resume,
  remove,
  top
};

/// Without --timeout: how long to wait while nothing arrives before ExitCode::incomplete. `get` waits on as long as
/// there is hope (net::ShareStatus::hope).
inline constexpr Duration kTimeoutDefault = std::chrono::minutes(5);

struct Options {
  // Every command.
  bool json = false;
  bool quiet = false;
  std::filesystem::path state_dir;   // empty: $XDG_STATE_HOME/stp
  std::optional<trace::Levels> log;  // not given: nothing, or with `log_file` info
  std::filesystem::path log_file;    // empty: stderr

  // The network.
  bool dht = true;
  std::optional<bool> lan;                            // not given: unless --dht excludes other sources
  bool must_hide = false;                             // --encryption require
  bool port_map = true;                               // ask the router to open the port
  bool trackers_allowed = true;                       // false with --dht: not even those in the link are used
  std::vector<std::string> trackers;                  // URLs
  std::vector<std::string> peers;                     // HOST:PORT
  bool web_seeds_allowed = true;                      // those that links and .torrent files name are used
  std::optional<std::vector<std::string>> bootstrap;  // not given: the well-known nodes; empty: none
  std::optional<Endpoint> listen;
  std::int64_t up_bytes_per_second = 0;  // 0: no limit
  std::int64_t down_bytes_per_second = 0;

  // share
  bool private_share = false;
  std::filesystem::path torrent_file;  // empty: none is written
  bool v2_only = false;                // public, but not for clients of BitTorrent v1
  std::string name;                    // empty: the path's own
  bool times = false;                  // the link says when files were modified
  std::vector<std::string> excluded;   // globs of what is left out
  bool follow_links = false;           // also symbolic links that lead out of the shared paths
  std::vector<std::string> web_seeds;  // URLs that the link and the .torrent name
  bool unlisted = false;               // not in the catalogues of trackers
  bool each = false;                   // every file below the path is a share of its own
  bool watch = false;                  // follow what appears, changes and goes
  bool qr = false;                     // the link as a picture for a camera
  bool copy = false;                   // the link into the clipboard

  // get
  std::filesystem::path output;  // empty: here; for a chunk: stdout; "-": stdout
  bool sequential = false;       // chunks in order
  std::optional<std::uint32_t> chunk;
  std::vector<std::string> only;  // globs; empty: everything
  bool repair = false;
  bool seed = false;
  double seed_ratio = 0;            // 0: until interrupted
  std::optional<Duration> timeout;  // not given: kTimeoutDefault; 0: never give up

  // share, get
  bool background = false;  // hand over to the daemon

  // daemon
  bool web = false;
  std::optional<Endpoint> web_listen;  // none: the default
  bool install = false;
  bool uninstall = false;

  // node
  std::optional<Endpoint> metrics_listen;  // nullopt: none are served

  // remove
  bool with_data = false;

  // find
  tracker::ShareOrder sort = tracker::ShareOrder::seeds;
  std::uint32_t page = 1;

  // tracker
  std::vector<IpAddress> trusted_proxies;
  bool catalogue = true;
  std::filesystem::path closed_file;  // empty: the tracker is open

  // The operands: paths for share, TARGET for get and info, NAME or nothing for find, TARGET and PATH for verify, ID
  // for those that steer the daemon.
  std::vector<std::string> operands;
};

}  // namespace stp::cli
