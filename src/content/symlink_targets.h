// Where the symbolic links of a share lead (BEP 47 "symlink path").
//
// A target is a path below the share's root. Programs also wrote it relative to the link's folder, so that is tried
// second. Both are followed through other links of the share as a kernel would: a link leads to a file or a folder of
// the share, over at most kSymlinksFollowedMax links, or it leads nowhere. So no chain of links leaves the share, whatever
// a metainfo says, and links in a circle lead nowhere. So do those whose text would be too long for Linux.
//
// Deviation from BEP 47: a link whose target is missing is not "dangling", it is not made.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "content/metainfo.h"

namespace stp::content {

/// As many as Linux follows for one path.
inline constexpr std::uint32_t kSymlinksFollowedMax = 40;
/// The longest text of a link.
inline constexpr std::size_t kSymlinkTextBytesMax = 4095;

/// Settles the targets of `links`, as a metainfo gives them: each becomes the path below the root that it names, or
/// empty when it leads nowhere. Paths are distinct, and no link is the folder of anything. Linear in the total length of
/// all paths.
void settle_symlink_targets(std::vector<Symlink>& links, std::span<const FileEntry> files,
                            std::span<const std::vector<std::string>> empty_folders);

/// What the link says on disk: its target, from the folder that it is in. "../b/c"; "." for that folder itself. It has
/// one.
[[nodiscard]] std::string text_of(const Symlink& link);

}  // namespace stp::content
