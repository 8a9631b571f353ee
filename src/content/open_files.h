// OpenFiles: open descriptors of the files of a share, least recently used closed first.
//
// A share may have more files than a process may open. The number kept depends on the limit of the process (ulimit -n),
// most of which sockets need; when the system still has none left, kept ones are closed and opening is tried again.
// Thread-safe; `open` is called without the lock held, and a descriptor that is handed out stays open until its last
// user releases it.
#pragma once

#include <cstddef>
#include <functional>
#include <list>
#include <memory>
#include <mutex>
#include <unordered_map>

#include "content/posix_file.h"
#include "core/result.h"

namespace stp::content {

class OpenFiles {
 public:
  static constexpr std::size_t kOpenMax = 256;
  /// At most one in this many of the descriptors that the process may have, but never fewer than kOpenMin.
  static constexpr std::size_t kShareOfLimit = 8;
  static constexpr std::size_t kOpenMin = 4;

  explicit OpenFiles(std::size_t open_max = kOpenMax) : open_max_(open_max) {}

  /// The open file under `key`, or what `open` returns, which is called without a lock held. On a busy error, the least
  /// recently used are closed and it is called again, until none is left to close.
  [[nodiscard]] Result<std::shared_ptr<const Fd>> get(std::size_t key, const std::function<Result<Fd>()>& open);
  /// The open file under `key`; null when it is not open.
  [[nodiscard]] std::shared_ptr<const Fd> find(std::size_t key) const;
  /// Closes half of the open ones, least recently used first, except those in use. Returns whether there were any.
  bool shrink();
  /// Forgets one, or all.
  void drop(std::size_t key);
  void clear();
  [[nodiscard]] std::size_t size() const;

 private:
  /// How many may be kept now.
  [[nodiscard]] std::size_t room() const;

  struct Entry {
    std::size_t key;
    std::shared_ptr<const Fd> file;
  };
  mutable std::mutex mutex_;
  std::size_t open_max_;
  std::list<Entry> recent_;  // most recently used first
  std::unordered_map<std::size_t, std::list<Entry>::iterator> by_key_;
};

}  // namespace stp::content
