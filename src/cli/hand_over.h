// `share -b` and `get -b`: what was asked for is handed to the daemon instead of being done here.
#pragma once

#include <vector>

#include "cli/commands.h"
#include "cli/signals.h"
#include "cli/target.h"

namespace stp::cli {

/// Hands the paths or the folder over, waits until all of it is hashed and prints the link or links, like `stp share`.
[[nodiscard]] ExitCode share_in_background(Context& context, const CancelOnSignal& signals);

/// Hands the targets over and prints the number of each share.
[[nodiscard]] ExitCode get_in_background(Context& context, const CancelOnSignal& signals,
                                         const std::vector<Target>& targets);

}  // namespace stp::cli
