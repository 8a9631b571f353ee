// What is shared of a folder, as the API says it (docs/api.md "A share", "What is shared of a folder"): for the folders of a
// daemon, and for that of a command with a dashboard.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

#include <nlohmann/json_fwd.hpp>

#include "daemon/record.h"
#include "daemon/shared_paths.h"
#include "net/folder_job.h"

namespace stp::daemon {

/// What a folder does.
struct FolderFigures {
  bool each = false;
  bool watch = false;
  bool all_shared = false;  // everything that was found has been shared once
  net::FolderStatus status;
  net::FolderTotals totals;
};
/// Adds the figures of a folder that runs, but `uploaded`.
void describe_folder(nlohmann::json& out, const FolderFigures& figures, const SharedPaths& shared);

/// At most kSharedMax entries behind the one with the number `after`. `each`: they are files, and each has an address.
[[nodiscard]] nlohmann::json shared_json(const SharedPaths& shared, std::uint64_t after, bool each, RecordId folder,
                                         const std::function<std::string(std::string_view path)>& key_for);

}  // namespace stp::daemon
