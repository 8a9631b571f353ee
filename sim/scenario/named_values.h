// Access links, latencies and lengths of sessions by name, as measured and published by others.
//
// A name may be used wherever the value may ("link": "bharambe-mix", "latency": "king", "session": "kad").
#pragma once

#include <span>
#include <string_view>
#include <vector>

#include "sim/scenario/scenario.h"

namespace stp::sim {

template <class T>
struct NamedValue {
  std::string_view name;
  std::string_view source;  // what it is and where it comes from
  T value;
};

[[nodiscard]] std::span<const NamedValue<std::vector<LinkClass>>> named_links();
[[nodiscard]] std::span<const NamedValue<LatencyProfile>> named_latencies();
/// In seconds.
[[nodiscard]] std::span<const NamedValue<Distribution>> named_sessions();

}  // namespace stp::sim
