// Names under which keys, passwords and the like are usually stored: a person who shares a whole folder is warned.
#pragma once

#include <string>
#include <vector>

namespace stp::content {

/// Whether the file at `path` (its folders and its name) is likely to be secret: it is in a folder such as .ssh or
/// .gnupg, or is named like private keys, key stores and stored passwords. Judged only by names.
[[nodiscard]] bool looks_secret(const std::vector<std::string>& path);

}  // namespace stp::content
