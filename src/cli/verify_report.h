// What is said about data on disk that differs from a share.
#pragma once

#include "cli/commands.h"
#include "content/verify.h"

namespace stp::cli {

/// Names every file and empty folder that is missing or wrong, as text and as events.
void tell_wrong(Context& context, const content::Metainfo& metainfo, const content::VerifyReport& report);

}  // namespace stp::cli
