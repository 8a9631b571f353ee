// HostSettings: what of a host can be changed while it runs. The rest of HostOptions needs another host.
#pragma once

#include <cstdint>
#include <optional>

#include "transfer/commons.h"

namespace stp::net {

struct HostSettings {
  static constexpr std::uint32_t kConnectionsMin = 8;  // with fewer, hardly any share gets anywhere

  bool must_hide = false;                                        // HostOptions::must_hide
  bool port_map = false;                                         // HostOptions::port_map
  std::uint32_t connections = transfer::Commons::kSeatsMax;      // of all shares together
  std::uint32_t connections_max = transfer::Commons::kSeatsMax;  // what `connections` may be: descriptors are limited
  std::uint32_t upload_slots = transfer::Commons::kSlotsMax;     // peers served at once, by all shares together
  bool operator==(const HostSettings&) const = default;
};

/// Those that are to be changed.
struct HostChanges {
  std::optional<bool> must_hide;
  std::optional<bool> port_map;
  std::optional<std::uint32_t> connections;   // HostSettings::kConnectionsMin to connections_max
  std::optional<std::uint32_t> upload_slots;  // Commons::kSlotsMin to Commons::kSlotsMax
  bool operator==(const HostChanges&) const = default;
};

}  // namespace stp::net
