// Asking peers what a link refers to, for `info` and `verify`, without writing any file.
#pragma once

#include <optional>

#include "cli/commands.h"
#include "cli/signals.h"
#include "cli/target.h"

namespace stp::cli {

/// Gets target.metainfo from peers unless it is known. Otherwise returns the exit code, with the error reported:
/// incomplete if nobody answered in time.
[[nodiscard]] std::optional<ExitCode> fetch_metainfo(Context& context, Target& target, const CancelOnSignal& signals);

/// Gets target.metainfo and all of target.hashes from peers, as far as they are unknown. If peers sent the metainfo but
/// not the hashes within the timeout, a warning is shown and the hashes stay as they are. Returns as fetch_metainfo().
[[nodiscard]] std::optional<ExitCode> fetch_hashes(Context& context, Target& target, const CancelOnSignal& signals);

}  // namespace stp::cli
