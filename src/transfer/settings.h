// The fields of TransferConfig as a table: name, unit, bounds, meaning (core/setting.h).
#pragma once

#include "core/setting.h"
#include "transfer/config.h"

namespace stp::transfer {

/// Sub-struct by sub-struct, in the order of transfer/config.h.
[[nodiscard]] const Settings<TransferConfig>& transfer_settings();

}  // namespace stp::transfer
