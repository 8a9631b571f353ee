// The fields of DhtConfig as a table: name, unit, bounds, meaning (core/setting.h).
#pragma once

#include "core/setting.h"
#include "dht/config.h"

namespace stp::dht {

/// Sub-struct by sub-struct, in the order of dht/config.h.
[[nodiscard]] const Settings<DhtConfig>& dht_settings();

}  // namespace stp::dht
