// Names of files that exist only for a while: an editor's backup or lock, a download under way. A folder that is
// followed does not share them.
#pragma once

#include <string_view>

namespace stp::content {

/// Whether files and folders of this name are temporary: "*~", ".*.swp", ".*.swx", ".*.swo", "#*#", ".#*", ".~lock.*#",
/// "~$*", "4913" (vim's probe), "*.part", "*.stp" (stp's own downloads), "*.crdownload", "*.download", "*.!qB",
/// "*.tmp", ".goutputstream-*", ".fuse_hidden*", ".nfs*", ".DS_Store", "Thumbs.db".
[[nodiscard]] bool looks_temporary(std::string_view name);

}  // namespace stp::content
