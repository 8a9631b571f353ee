// Asking a tracker's catalogue for shares by name (docs/tracker-api.md), once, for `stp find` and `stp get NAME`.
#pragma once

#include <string>

#include "core/result.h"
#include "core/time.h"
#include "core/url.h"
#include "tracker/catalogue_query.h"

namespace stp::net {

struct SearchOptions {
  std::string agent;
  Duration timeout = std::chrono::seconds(15);
  int cancel = -1;  // a descriptor: once it is readable, the search ends; -1: none
};

/// Asks the catalogue of the tracker with this announce URL, and waits for the answer on this thread. The message of an
/// error names the tracker. Errors: unsupported (a UDP tracker, or one without a catalogue), malformed, limit, busy,
/// io, and other when it was cancelled.
[[nodiscard]] Result<tracker::SharePage> search_catalogue(const Url& tracker, const tracker::ShareQuery& query,
                                                          const SearchOptions& options);

}  // namespace stp::net
