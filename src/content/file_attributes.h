// What a metainfo says about a file besides its bytes: whether it is executable (BEP 47), and when it was modified.
#pragma once

#include "content/metainfo.h"
#include "content/posix_file.h"

namespace stp::content {

/// Gives the open file what `entry` says: execute permission for everybody who may read it and is not excluded by the
/// umask, never more than that; and its modification time. Failures are ignored: the bytes are what counts. Other
/// permissions of the file stay as they are.
void apply_attributes(const Fd& file, const FileEntry& entry);

/// The modification time for a metainfo: whole seconds since 1970; 0 when a metainfo can't express it.
[[nodiscard]] std::int64_t metainfo_time(const FileSignature& signature);

}  // namespace stp::content
