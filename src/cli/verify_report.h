// What `verify` and `share FILE.torrent PATH` say about data on disk that is not what it should be.
#pragma once

#include "cli/commands.h"
#include "content/verify.h"

namespace stp::cli {

/// Names every file and empty folder that is missing or wrong, as text and as events.
void tell_wrong(Context& context, const content::Metainfo& metainfo, const content::VerifyReport& report);

}  // namespace stp::cli
