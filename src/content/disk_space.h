// Is there room for what is still to come? Asked before anything is fetched or changed: a full disk is a bad place to
// find out.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "content/metainfo.h"
#include "content/posix_file.h"
#include "core/bitfield.h"
#include "core/result.h"

namespace stp::content {

/// Payload bytes of the chunks of `wanted` files (one entry a file of the metainfo; empty: all) that `have` lacks.
[[nodiscard]] std::int64_t bytes_missing(const Metainfo& metainfo, const std::vector<bool>& wanted,
                                         const Bitfield& have);

/// too_large error when a file is larger than this process may write. disk_full error when the file system of the open
/// `folder` has less room than bringing `root` in it, a download or a copy to repair, to its end takes. What files
/// there hold already, right or wrong, is written over and takes none. `directory` is the folder's name, for the
/// message; `wanted` and `have` as above.
[[nodiscard]] Status check_space(const Fd& folder, const std::string& directory, const std::string& root,
                                 const Metainfo& metainfo, const std::vector<bool>& wanted, const Bitfield& have);

}  // namespace stp::content
