// Finds a link in the text around it: mail programs, chats, editors and shells add to a link on its way.
//
// Nothing here judges the link; link.h does.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace stp::wire {

/// The bytes of a text file with ASCII as ASCII: UTF-16, recognized by its byte order mark, becomes one byte per
/// character ('?' for each one outside ASCII, which no link has). Anything else is returned unchanged.
[[nodiscard]] std::string link_text(std::string_view bytes);

/// The link in `text`: the first line that begins like one of either kind (valid or not), without what is not part of
/// it: a byte order mark, blanks (including invisible ones), quotes or brackets around it, and the punctuation of a
/// sentence after it. nullopt when no line begins like a link.
[[nodiscard]] std::optional<std::string_view> find_link(std::string_view text);

}  // namespace stp::wire
