// Asking peers what a link stands for, for `info` and `verify`, without making any file.
#pragma once

#include <optional>

#include "cli/commands.h"
#include "cli/signals.h"
#include "cli/target.h"

namespace stp::cli {

/// Fills in target.metainfo from peers when it is not known yet. Otherwise the exit code, everything having been said:
/// incomplete when nobody answered in time.
[[nodiscard]] std::optional<ExitCode> fetch_metainfo(Context& context, Target& target, const CancelOnSignal& signals);

/// Fills in target.metainfo and all of target.hashes, as far as they are not known yet. When peers gave the metainfo
/// but not the hashes within the timeout, that is said and the hashes stay as they are. Returns as fetch_metainfo().
[[nodiscard]] std::optional<ExitCode> fetch_hashes(Context& context, Target& target, const CancelOnSignal& signals);

}  // namespace stp::cli
