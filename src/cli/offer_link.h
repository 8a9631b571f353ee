// What `share --qr` and `--copy` do with the link once it has been printed.
#pragma once

#include <string>

#include "cli/commands.h"

namespace stp::cli {

/// Draws it on stderr and puts it into the clipboard, as the options ask. What cannot be done is a warning: the share
/// goes on.
void offer_link(Context& context, const std::string& link);

}  // namespace stp::cli
