// What `verify` and `share FILE.torrent PATH` have in common: data on disk is checked, and what differs is reported.
#pragma once

#include <string>

#include "cli/commands.h"
#include "cli/hashing.h"
#include "cli/target.h"
#include "content/verify.h"

namespace stp::cli {

/// verify_path() of the target's share, whose metainfo is known, with progress on the console.
[[nodiscard]] Result<content::VerifyReport> verify_target(Context& context, const Target& target,
                                                          const std::string& path, Hashing& hashing);

/// Names every file and empty folder that is missing or wrong, as text and as events.
void tell_wrong(Context& context, const content::Metainfo& metainfo, const content::VerifyReport& report);

}  // namespace stp::cli
