// A .torrent file that somebody handed over: what it is of, before anything of it is fetched.
#pragma once

#include <nlohmann/json_fwd.hpp>

#include "core/bytes.h"
#include "core/result.h"
#include "daemon/prepare.h"

namespace stp::daemon {

/// Keeps it in `store`, where an order with its link will find it, and describes it (docs/api.md "A .torrent file"). For
/// a task. Errors: those of decode_torrent(), of a share that cannot be transferred, or of storing it.
[[nodiscard]] Result<nlohmann::json> keep_torrent(const MetainfoStore& store, ByteSpan bytes);

}  // namespace stp::daemon
