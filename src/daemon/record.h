// ShareOrder: what somebody asked the daemon to share or to fetch, with every setting that belongs to this one share.
// ShareRecord: an order that the daemon has accepted, as it is remembered in the journal (journal.h).
//
// The JSON of an order is the body of `POST /api/shares` (docs/api.md) and a part of a line of the journal. Decoding is
// strict: a field that is unknown, of another type, past its bound or of another kind is refused by name, so that a
// setting is never lost silently. A later `kind` is refused as unsupported; adding one means adding it here and as a
// class that inherits from Share (share.h).
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include <nlohmann/json_fwd.hpp>

#include "core/result.h"

namespace stp::daemon {

using RecordId = std::uint64_t;  // from 1 on, never used twice

/// Bounds of an order.
inline constexpr std::size_t kListMax = 1000;       // paths, patterns, trackers, peers: of each
inline constexpr std::size_t kTextBytesMax = 4096;  // of each text, but for the link
inline constexpr std::size_t kLinkTextBytesMax = 64 * 1024;

enum class Kind : std::uint8_t {
  seed,   // paths that are one share
  get,    // a download
  folder  // a directory whose shares follow its files (net/folder_job.h)
};
/// "seed", "get", "folder".
[[nodiscard]] const char* to_string(Kind kind);

struct ShareOrder {
  Kind kind = Kind::seed;
  std::vector<std::string> trackers;  // URLs, besides those of the link
  std::vector<std::string> peers;     // HOST:PORT
  bool only_dht = false;              // no tracker, not even the link's
  std::string name;                   // of the share, empty: the path's own. get: what it has to be called

  // seed, folder
  std::vector<std::string> paths;  // absolute; one of a folder
  std::vector<std::string> excluded;
  bool private_share = false;
  bool v2_only = false;  // not for clients of BitTorrent v1
  bool times = false;
  bool unlisted = false;

  // seed
  bool follow_links = false;
  std::vector<std::string> web_seeds;  // URLs (BEP 19) that its link names

  // seed, get
  /// Absolute path of a .torrent file, read once when the order is accepted; empty: none. seed: what the path, then only
  /// one, is shared as, without any other setting of what is shared.
  std::string torrent;

  // folder; one of the two, or both
  bool each = false;   // every file is a share of its own; otherwise all of it is one
  bool watch = false;  // the shares follow what appears, changes and goes

  // get
  std::string link;
  std::string directory;  // absolute
  std::vector<std::string> only;
  std::vector<std::string> http_seeds;  // URLs (BEP 17)
  bool no_web_seeds = false;            // not even the link's
  bool repair = false;
  bool seed_after = false;
  double seed_ratio = 0;

  bool operator==(const ShareOrder&) const = default;
};

struct ShareRecord {
  RecordId id = 0;
  ShareOrder order;
  std::int64_t added = 0;  // seconds since 1970
  bool paused = false;
  bool complete = false;  // get: everything was in its place once
  /// seed, folder that is one share: when it was last hashed, without our addresses; empty: not yet. get: the share under
  /// all of its names, once more of them are known than the order's link has.
  std::string link = {};
  /// What it shares has names of v1, too, as far as the order allows. Not if it was added by an stp that made none: links
  /// to it were given away.
  bool hybrids = false;
  bool removing = false;       // somebody removed it; what is left to do is done after a restart
  bool with_data = false;      // while removing: what was downloaded goes too
  bool fetched = false;        // get: something of it had to be fetched: what is there is not all the user's own
  std::int64_t completed = 0;  // get: when everything was in its place, in seconds since 1970
  // When it was last looked at, at least every DaemonOptions::figures_interval while it runs, and when it stops:
  std::int64_t had = 0;         // bytes …
  std::int64_t wanted = 0;      // of these bytes
  std::int64_t downloaded = 0;  // bytes since it was added
  std::int64_t uploaded = 0;

  bool operator==(const ShareRecord&) const = default;
};

[[nodiscard]] nlohmann::json to_json(const ShareOrder& order);
[[nodiscard]] nlohmann::json to_json(const ShareRecord& record);

/// Errors: malformed, limit, unsupported (`kind`); the message names the field.
[[nodiscard]] Result<ShareOrder> decode_order(const nlohmann::json& json);
[[nodiscard]] Result<ShareRecord> decode_record(const nlohmann::json& json);

}  // namespace stp::daemon
