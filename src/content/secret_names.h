// Names by which keys, passwords and the like are usually kept: a person who shares a whole folder is told of them.
#pragma once

#include <string>
#include <vector>

namespace stp::content {

/// Whether the file at `path` (its folders and its name) is likely to be secret: it lies in a folder such as .ssh or
/// .gnupg, or is named as private keys, key stores and stored passwords are. Judged by the names alone.
[[nodiscard]] bool looks_secret(const std::vector<std::string>& path);

}  // namespace stp::content
