// Which names from a metainfo may become files here, and how names are shown.
//
// A metainfo comes from strangers. Its paths must stay below the share's root and each name exactly one thing; within
// that, names are taken as they are (users do have files with odd names), and only what a terminal would obey is
// refused or, when shown, escaped.
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "core/result.h"

namespace stp::content {

/// NAME_MAX and PATH_MAX of Linux.
inline constexpr std::size_t kComponentBytesMax = 255;
inline constexpr std::size_t kPathBytesMax = 4096;
/// Folders and file name together; leaves the bencode depth limit (100) room for the dictionaries around the file tree.
inline constexpr std::size_t kPathDepthMax = 90;

/// What is added to the name of a file that is kept aside. No longer than the suffix of temporary names, for which
/// download.cpp leaves room.
inline constexpr const char* kAsideSuffix = ".old";

/// Refuses a path component that is empty, ".", "..", longer than kComponentBytesMax, not UTF-8, or that contains '/',
/// NUL or a control character (C0, DEL, C1) other than newline and tab. ErrorKind::malformed; the message shows the
/// name escaped.
[[nodiscard]] Status check_component(std::string_view component);

/// A component that passes check_component(), from whatever a v1 metainfo has: what libtorrent makes of it, so that both
/// give a file the same name. Slashes of either kind, NUL and the marks that turn the direction of text are left out;
/// what is not UTF-8 and control characters become '_', and so does an empty name; a name of 240 bytes or more
/// is cut there, and keeps an extension of up to 8. nullopt: nothing, "." or ".." is left, and a path goes on without
/// it.
[[nodiscard]] std::optional<std::string> usable_component(std::string_view raw);

/// check_component for each, and the bounds on depth and on the length when joined with '/'.
[[nodiscard]] Status check_path(std::span<const std::string> components);

/// The components joined with '/'.
[[nodiscard]] std::string join_path(std::span<const std::string> components);

/// Whether `path` is `root` or is below it. Both are absolute and free of "." and "..".
[[nodiscard]] bool lies_in(std::string_view path, std::string_view root);

/// A directory as the user gave it, for a message: "the current directory" for "." and "".
[[nodiscard]] std::string display_directory(std::string_view directory);

/// `name` in that directory, for a message: "name", "directory/name".
[[nodiscard]] std::string display_in(std::string_view directory, std::string_view name);

/// ErrorKind::exists: `name` in that directory `is_what` ("already exists"), so nothing can be downloaded there.
[[nodiscard]] Error in_the_way(std::string_view directory, std::string_view name, std::string_view is_what);

}  // namespace stp::content
