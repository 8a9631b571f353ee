// Starting the daemon: as a process of its own, or for good, by systemd.
#pragma once

#include "cli/commands.h"
#include "cli/signals.h"
#include "core/result.h"

namespace stp::cli {

/// Starts `stp daemon` in a session of its own, with this command's settings for the whole process, and waits until it
/// answers. What it says goes to daemon.log in its directory. Errors: other (it ended at once; its last words), io.
[[nodiscard]] Status start_daemon(Context& context, const CancelOnSignal& signals);

/// Writes the unit stp.service of this user, enables and starts it, and says each step on stderr. An error says what is
/// left to be done by hand.
[[nodiscard]] Status install_unit(Context& context);
/// The reverse.
[[nodiscard]] Status uninstall_unit(Context& context);

}  // namespace stp::cli
