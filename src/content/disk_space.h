// Whether there is room for what is still to be fetched. Checked before anything is fetched or changed.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "content/metainfo.h"
#include "content/posix_file.h"
#include "core/bitfield.h"
#include "core/result.h"

namespace stp::content {

/// Payload bytes of the chunks of `wanted` files (one entry per file of the metainfo; empty: all) that `have` lacks.
[[nodiscard]] std::int64_t bytes_missing(const Metainfo& metainfo, const std::vector<bool>& wanted,
                                         const Bitfield& have);

/// too_large error when a file is larger than this process may write. disk_full error when the file system of the open
/// `folder` has less room than is needed to complete `root` in it, a download or a copy to repair. Space that its files
/// already occupy, with right or wrong data, is reused and counts as free. `directory` is the folder's name, for the
/// message; `wanted` and `have` as above.
[[nodiscard]] Status check_space(const Fd& folder, const std::string& directory, const std::string& root,
                                 const Metainfo& metainfo, const std::vector<bool>& wanted, const Bitfield& have);

}  // namespace stp::content
