// The settings of a process as the API shows and changes them (docs/api.md "The settings").
#pragma once

#include <cstdint>

#include <nlohmann/json_fwd.hpp>

#include "core/result.h"
#include "net/host.h"
#include "net/host_settings.h"

namespace stp::daemon {

/// `settings` of the process. `options`: what the host was opened with; what can change, and the limits (bytes per
/// second, 0: none), are those in force.
[[nodiscard]] nlohmann::json settings_json(const net::HostOptions& options, const net::HostSettings& now,
                                           std::int64_t up_limit, std::int64_t down_limit);

/// An object of the settings to change, at least one. A field that is unknown or of another type is an error that names
/// it; bounds are net::Host::change()'s.
[[nodiscard]] Result<net::HostChanges> decode_changes(const nlohmann::json& value);

}  // namespace stp::daemon
