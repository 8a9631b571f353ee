// Asking peers what a link stands for, for `info` and `verify`.
#pragma once

#include <optional>

#include "cli/commands.h"
#include "cli/signals.h"
#include "cli/target.h"

namespace stp::cli {

/// Fills in target.metainfo from peers when it is not known yet. Otherwise the exit code, everything having been said:
/// incomplete when nobody answered in time.
[[nodiscard]] std::optional<ExitCode> fetch_metainfo(Context& context, Target& target, const CancelOnSignal& signals);

}  // namespace stp::cli
