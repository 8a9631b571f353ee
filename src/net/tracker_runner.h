// The tracker as it runs: registry, catalogue and their HTTP front on one thread; snapshots are written on another.
#pragma once

#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "core/endpoint.h"
#include "core/result.h"
#include "core/trace.h"
#include "tracker/responder.h"

namespace stp::net {

struct TrackerOptions {
  Endpoint listen;                         // port 0 picks one
  std::vector<IpAddress> trusted_proxies;  // whose X-Forwarded-For counts (tracker/responder.h)
  std::filesystem::path state_dir;         // where peers and names are kept between runs; created if missing
  bool catalogue = true;                   // shares can be found by name
  std::filesystem::path closed_file;       // serve only the shares listed there (net/closed_file.h); empty: all
  std::function<void(const Endpoint&)> on_listening;                  // called with the bound endpoint
  std::function<void(const std::string&)> on_warning;                 // one line: what can't be read or kept, and why
  std::function<void(const tracker::ResponderCounters&)> on_stopped;  // what it has answered
  trace::Sink* trace = nullptr;  // a line per request, at Level::trace; outlives the run
};

/// Runs until interrupted (SIGINT, SIGTERM, SIGHUP; with a `closed_file`, SIGHUP reads it again instead). Fails if it
/// can't listen or read the `closed_file`; without a usable state it begins empty, after a warning.
[[nodiscard]] Status run_tracker(const TrackerOptions& options);

}  // namespace stp::net
