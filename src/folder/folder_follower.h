// FolderFollower: decides what is shared of a folder of which every file is a share of its own, while files appear,
// change, move and go. No I/O: what happened, what was found and what it hashed to come in; what to look at, hash,
// share and withdraw goes out.
//
//   event ─▶ quiet for a while ─▶ scan ─▶ hash ─▶ share          changed: withdraw, hash, share
//   (or a scan of everything)                                     gone: withdraw
//
// An event only says where to look; what counts is what a scan finds there, so events may be late, doubled or wrong. If
// some were lost, or there are none, everything is scanned.
//
// A file is hashed when it is stable: it was quiet for Config::quiet_closed after a writer closed it, or for
// Config::quiet_open otherwise. Its share is withdrawn as soon as a scan shows another size or modification time. If
// only the other times or the inode have changed (a rename back and forth, a new link, new permissions), it is hashed
// again and withdrawn only if it is another share.
//
// Files with the same name and contents are one share, served from one of them (its source). When the source goes,
// another one is hashed and serves on.
//
// Driving it: after any input drain poll_action(), then arm one timer for next_timeout(). One Scan and one Hash are
// under way at most; each is answered by one call of handle_scanned() or handle_hashed().
//
// Invariants (check_invariants()): a path is announced exactly if it is in the paths of its share; a share is served
// from one of its paths, or one of them is about to be hashed.
// Paths are relative to the folder, components joined with '/'; "" is the folder itself. Not thread-safe.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <variant>
#include <vector>

#include "content/posix_file.h"
#include "core/due_queue.h"
#include "core/ids.h"
#include "core/result.h"
#include "core/time.h"

namespace stp::folder {

struct FollowerConfig {
  bool follow = true;  // false: scan once, and share everything as it is
  Duration quiet_closed = std::chrono::milliseconds(250);
  Duration quiet_open = std::chrono::seconds(2);
  Duration rescan = Duration::zero();  // scan everything this long after the last time; 0: only when events were lost
  // Files in one Hash: few in the first, so that something is shared soon, and twice as many in each that follows, as
  // each costs changes of the hash store.
  std::size_t hash_files_first = 64;
  std::size_t hash_files_max = 4096;
  std::int64_t hash_bytes_max = 64 * 1024 * 1024;  // unless it is one file

  std::size_t scan_paths_max = 1024;          // in one Scan
  std::size_t waiting_paths_max = 64 * 1024;  // with events; beyond this, everything is scanned
};

/// What a scan found.
struct SeenFile {
  std::string path;
  content::FileSignature signature;
  bool executable = false;
  Duration age = Duration::zero();  // since its change time, by the clock of file times; may be negative
};

/// What an event says about a file or folder.
enum class Change : std::uint8_t {
  written,  // somebody has it open and writes, or its attributes changed
  closed,   // its writer has closed it; or it was moved here or away, or removed: nobody is writing
};

/// Look at these paths and at everything below them.
struct Scan {
  std::vector<std::string> paths;
};
struct Hash {
  std::vector<SeenFile> files;
};
/// `path` is a share.
struct Share {
  std::string path;
  InfoHash info_hash;
  bool is_new = false;  // it was not shared, or was another share; otherwise it takes over as the source
  bool start = false;   // the share is to be served from it; otherwise it is served already
};
/// The path is not shared any more.
struct Withdraw {
  std::string path;
  InfoHash info_hash;
};
/// Nothing serves this share any more. A Share that starts it again may follow.
struct Stop {
  InfoHash info_hash;
};
using Action = std::variant<Scan, Hash, Share, Withdraw, Stop>;

/// What became of one file of a Hash.
struct HashedFile {
  std::string path;
  Result<InfoHash> info_hash;
  content::FileSignature signature;  // as it was hashed
};

class FolderFollower {
 public:
  FolderFollower(FollowerConfig config, Instant now);

  void handle_change(const std::string& path, Change change, Instant now);
  /// Events were lost: everything is scanned.
  void handle_lost(Instant now);
  /// Everything is scanned this often from now on (FollowerConfig::rescan).
  void set_rescan(Duration rescan, Instant now);
  /// The answer to a Scan: all files at or below its paths that may be shared.
  void handle_scanned(const std::vector<SeenFile>& files, Instant now);
  /// The answer to a Hash, one entry per file in any order.
  void handle_hashed(const std::vector<HashedFile>& files, Instant now);
  void handle_timeout(Instant now);

  [[nodiscard]] std::optional<Action> poll_action();
  [[nodiscard]] std::optional<Instant> next_timeout() const;

  /// Whether nothing is left to do until the next event.
  [[nodiscard]] bool settled() const;
  [[nodiscard]] std::size_t files() const { return files_.size(); }
  [[nodiscard]] std::size_t shared() const { return shared_; }
  /// The path that serves this share; nullopt: none does now.
  [[nodiscard]] std::optional<std::string> source_of(const InfoHash& info_hash) const;
  void check_invariants() const;

 private:
  enum class State : std::uint8_t {
    unstable,  // to be scanned again before it is hashed
    queued,    // in to_hash_, as `seen`
    hashing,   // in the Hash under way, as `seen`
    settled,   // shared or failed, as `seen`
  };
  struct File {
    content::FileSignature seen;
    bool executable = false;
    Instant seen_since;  // when `seen` was first found
    State state = State::unstable;
    std::optional<InfoHash> info_hash;  // of its share
  };
  struct Offer {
    std::set<std::string> paths;
    std::optional<std::string> source;  // serves it
  };
  struct Wait {
    Instant due = kNever;
    bool closed = false;
  };

  void wait_for(const std::string& path, Instant due, bool closed);
  void start_scan(Instant now);
  void start_hash();
  void find(const SeenFile& seen, Instant now);
  [[nodiscard]] bool stable(const SeenFile& seen, const File& file, Instant now) const;
  void queue(const std::string& path, File& file);
  void withdraw(const std::string& path, File& file);
  void share(const std::string& path, File& file, const InfoHash& info_hash);

  FollowerConfig config_;
  std::map<std::string, File> files_;
  std::map<InfoHash, Offer> offers_;
  std::map<std::string, Wait> waits_;
  DueQueue<std::string> due_;
  std::map<std::string, bool> scanning_;  // the paths of the Scan under way; whether a writer has closed it
  bool scan_under_way_ = false;
  std::deque<std::string> to_hash_;
  bool hash_under_way_ = false;
  std::size_t hash_files_;  // in the next Hash
  std::size_t shared_ = 0;
  Instant rescan_at_ = kNever;
  std::deque<Action> actions_;
};

}  // namespace stp::folder
