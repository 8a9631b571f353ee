// AwaySearch: looks, off the network thread, whether the paths of shares that were missing are there now, when an
// AwayWatch says so. One look at a time: a disk that does not answer holds up no more than the others that are missing.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "core/time.h"
#include "daemon/away_watch.h"
#include "net/task_queue.h"

namespace stp::daemon {

class AwaySearch {
 public:
  class Owner {
   public:
    /// Of a share; nullopt: it is not missing any more.
    [[nodiscard]] virtual std::optional<std::vector<std::string>> missing_paths(RecordId id) const = 0;
    /// All of them are there.
    virtual void on_back(RecordId id) = 0;

   protected:
    ~Owner() = default;
  };

  /// Both outlive it.
  AwaySearch(net::TaskPool& pool, Owner& owner) : owner_(owner), tasks_(pool) {}

  void add(RecordId id, Instant now) { watch_.add(id, now); }
  void remove(RecordId id) { watch_.remove(id); }
  /// Looks for those whose time has come.
  void look(Instant now);

 private:
  Owner& owner_;
  AwayWatch watch_;
  net::TaskQueue tasks_;
};

}  // namespace stp::daemon
