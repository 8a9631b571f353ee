// Where `share --torrent FILE` may write.
#pragma once

#include <filesystem>

#include "content/scan.h"
#include "core/result.h"

namespace stp::cli {

/// An exists error if writing a .torrent to `file` would destroy something or change what is shared: it is one of the
/// files of `scan` (under any name), it would be in a folder of `scan`, or it exists and is not a .torrent of a share.
/// An older .torrent may be replaced.
[[nodiscard]] Status check_torrent_place(const std::filesystem::path& file, const content::Scan& scan);

}  // namespace stp::cli
