// Overrides of single values in a scenario text, as given by --set and by the parameters of a sweep.
//
// A setting is `path=value`. The path names keys from the outside in, separated by dots; an element of a list is named
// by its "name" or its index, `*` means all of them, and `share` stands for `shares.0`:
//
//     groups.leeches.pick=random     network.latency=king     groups.*.nat=0.5
//     share.chunks=100               events.0.at=10m          groups.leeches.session={"exponential":{"mean":"1h"}}
//
// The value is JSON; anything else is taken as a string, so that no quotes are needed. Objects on the path that the
// text leaves out are created; parse_scenario decides whether their keys exist.
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "core/result.h"

namespace stp::sim {

inline constexpr std::size_t kSettingsMax = 1024;

/// `json_text` without comments, with "extends" resolved (presets.h) and `settings` applied in their order.
[[nodiscard]] Result<std::string> apply_settings(std::string_view json_text, std::span<const std::string> settings);

}  // namespace stp::sim
