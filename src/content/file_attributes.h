// What a metainfo tells of a file besides its bytes: whether it may be executed (BEP 47), and when it was modified.
#pragma once

#include "content/metainfo.h"
#include "content/posix_file.h"

namespace stp::content {

/// Gives the open file what `entry` says: the right to execute it for everybody who may read it and whom the umask does
/// not exclude, never more than that; and its modification time. Quiet where the system or the file system can't:
/// the bytes are what counts. Other rights of the file stay as they are.
void apply_attributes(const Fd& file, const FileEntry& entry);

/// The modification time for a metainfo: whole seconds since 1970; 0 when it can't be told in one.
[[nodiscard]] std::int64_t metainfo_time(const FileSignature& signature);

}  // namespace stp::content
