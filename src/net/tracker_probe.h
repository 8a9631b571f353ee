// Asking a tracker whether it works, once, for `stp doctor`: an announce for a swarm that does not exist, which says
// goodbye at the same time and so leaves nothing behind.
#pragma once

#include <optional>
#include <string>

#include "core/endpoint.h"
#include "core/result.h"
#include "core/time.h"
#include "core/url.h"

namespace stp::net {

struct ProbeOptions {
  std::string agent;
  Port port = 0;                               // where we would accept connections
  Duration timeout = std::chrono::seconds(5);  // for resolving the name and for the answer, each
};

struct TrackerAnswer {
  Duration took{};                           // from asking to the whole answer
  std::optional<std::int64_t> server_clock;  // seconds since 1970, from the Date of an HTTP answer
};

/// Waits for the answer on this thread. Errors: what went wrong, without the tracker's name.
[[nodiscard]] Result<TrackerAnswer> probe_tracker(const Url& tracker, const ProbeOptions& options);

}  // namespace stp::net
