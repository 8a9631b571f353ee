// Events: what `--json` prints on stdout, one JSON object per line. docs/cli.md "Events" lists every event and field;
// scripts rely on it.
#pragma once

#include <atomic>
#include <mutex>
#include <string>

#include <nlohmann/json_fwd.hpp>

#include "content/metainfo.h"
#include "net/host.h"

namespace stp::cli {

class Events {
 public:
  explicit Events(bool enabled) : enabled_(enabled) {}

  [[nodiscard]] bool enabled() const { return enabled_; }

  /// Prints {"event": name, …fields}. Does nothing without --json. Thread-safe. Text that is not UTF-8 gets replacement
  /// characters.
  void emit(const char* name, nlohmann::json fields);

  /// errno of the first event that could not be written to stdout; 0: all were written.
  [[nodiscard]] int failure() const { return failure_; }

 private:
  const bool enabled_;
  std::mutex mutex_;
  std::atomic<int> failure_ = 0;
};

/// The fields of a "status" event.
[[nodiscard]] nlohmann::json status_fields(const net::ShareStatus& status);

/// The fields of a "router" event.
[[nodiscard]] nlohmann::json router_fields(const portmap::RouterStatus& router);

/// Name, size and shape of a share, as in "share" and "metainfo" events.
[[nodiscard]] nlohmann::json metainfo_fields(const content::Metainfo& metainfo);

}  // namespace stp::cli
