// One event of a run, as a row of trace.csv.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string_view>

#include "core/time.h"

namespace stp::sim {

struct TraceRow {
  Duration at{};                      // virtual, since the start
  std::string_view kind;              // "message unchoke", "blocks", "datagram get_peers", "transfer snub", "arrive"
  std::uint32_t from = 0;             // the host that did it, or sent it
  std::optional<std::uint32_t> to;    // the host that it was sent to, or that it is about
  std::optional<std::int64_t> bytes;  // on the wire; for blocks their payload
  std::string_view detail;            // NAME=VALUE …; docs/simulator-figures.md lists them by kind
};

/// Borrowed text: valid only during the call.
using TraceSink = std::function<void(const TraceRow&)>;

}  // namespace stp::sim
