// Events: what `--json` prints on stdout, one JSON object per line. docs/cli.md "Events" lists every event and field,
// docs/events.schema.json has them for programs; the integration tests check every line against it.
#pragma once

#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <mutex>
#include <string>
#include <vector>

#include <nlohmann/json_fwd.hpp>

#include "content/metainfo.h"
#include "net/host.h"

namespace stp::cli {

class Events {
 public:
  explicit Events(bool enabled) : enabled_(enabled) {}

  [[nodiscard]] bool enabled() const { return enabled_; }

  /// Prints {"event": name, "time": now, …fields}. Does nothing without --json. Thread-safe. Text that is not UTF-8 gets replacement
  /// characters.
  void emit(const char* name, nlohmann::json fields);

  /// errno of the first event that could not be written to stdout; 0: all were written.
  [[nodiscard]] int failure() const { return failure_; }

 private:
  const bool enabled_;
  std::mutex mutex_;
  std::atomic<int> failure_ = 0;
};

/// "2026-01-31T23:59:59.123Z": RFC 3339, UTC.
[[nodiscard]] std::string timestamp(std::chrono::system_clock::time_point time);

/// The fields of a "status" event.
[[nodiscard]] nlohmann::json status_fields(const net::ShareStatus& status);

/// Peers in a "status" event: those with which most is exchanged.
inline constexpr std::size_t kPeersInStatusMax = 50;

/// The field `peer_list` of such an event, at most kPeersInStatusMax. `chunks`: of the share; 0: not known yet.
[[nodiscard]] nlohmann::json peer_list(std::vector<transfer::PeerStatus> peers, std::uint32_t chunks);

/// Name, size and shape of a share, as in "share" and "metainfo" events.
[[nodiscard]] nlohmann::json metainfo_fields(const content::Metainfo& metainfo);

}  // namespace stp::cli
