// WholeFollower: decides when a folder that is one share is hashed and shared again, and how long what it was
// before is served. No I/O.
//
//   change ─▶ quiet for Config::quiet ─▶ build ─▶ another share? ─▶ share it; the one before is old
//
// An old share is served while peers want it and its files still have the old contents: it is retired when nobody has
// wanted it for Config::unwanted, when a build shows that its files have changed, or when there are more than
// Config::old_max. If the folder becomes what it was, the old share is the current one again; if its files were written
// meanwhile, it is retired and started again.
//
// Driving it: after any input drain poll_action(), then arm one timer for next_timeout(). One Build is under way at
// most; it is answered by one handle_built(). Not thread-safe.
#pragma once

#include <cstddef>
#include <deque>
#include <map>
#include <optional>
#include <set>
#include <variant>

#include "core/ids.h"
#include "core/time.h"

namespace stp::folder {

struct WholeConfig {
  Duration quiet = std::chrono::seconds(2);
  Duration rescan = Duration::zero();         // build this long after the last time in any case; 0: only after changes
  Duration retry = std::chrono::seconds(10);  // after a build that failed
  Duration unwanted = std::chrono::seconds(60);
  std::size_t old_max = 8;
};

/// Scan and hash the folder, and look at the files of old shares.
struct Build {};
/// This is what the folder is now. `start`: it is not served yet, or not any more.
struct Current {
  InfoHash info_hash;
  bool start = false;
};
/// The old share is not served from now on.
struct Retire {
  InfoHash info_hash;
};
using WholeAction = std::variant<Build, Current, Retire>;

class WholeFollower {
 public:
  WholeFollower(WholeConfig config, Instant now);

  /// Something in the folder has changed, or may have.
  void handle_change(Instant now);
  /// It is built this often from now on (WholeConfig::rescan).
  void set_rescan(Duration rescan, Instant now);
  /// The answer to a Build: nullopt if it failed; `broken`: shares whose files do not have their contents any more.
  void handle_built(const std::optional<InfoHash>& info_hash, const std::set<InfoHash>& broken, Instant now);
  /// Whether a peer that misses something of this share is connected.
  void handle_wanted(const InfoHash& info_hash, bool wanted, Instant now);
  void handle_timeout(Instant now);

  [[nodiscard]] std::optional<WholeAction> poll_action();
  [[nodiscard]] std::optional<Instant> next_timeout() const;
  /// Whether nothing is left to do until the next change, but to retire old shares.
  [[nodiscard]] bool settled() const { return !building_ && (build_at_ == kNever || build_at_ == rescan_at_); }
  [[nodiscard]] const std::optional<InfoHash>& current() const { return current_; }

 private:
  struct Old {
    Instant retire_at = kNever;  // kNever while it is wanted
    std::size_t number = 0;      // the smallest is the oldest
  };
  void become(const InfoHash& info_hash, bool stale, Instant now);
  void retire(const InfoHash& info_hash);

  WholeConfig config_;
  std::optional<InfoHash> current_;
  std::map<InfoHash, Old> old_;
  std::size_t next_number_ = 0;
  bool building_ = false;
  Instant build_at_;
  Instant rescan_at_ = kNever;
  std::deque<WholeAction> actions_;
};

}  // namespace stp::folder
