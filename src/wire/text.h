// Texts of strangers (names in links, agents, reasons), made fit to be shown and logged.
#pragma once

#include <string>
#include <string_view>

namespace stp::wire {

/// `text` without what is no UTF-8 (RFC 3629), without control characters (C0, DEL, C1), which could drive a terminal,
/// and without line separators and bidirectional controls, which could make it read as something else; cut between two
/// characters at `bytes_max`. Applying it again changes nothing.
[[nodiscard]] std::string display_text(std::string_view text, std::size_t bytes_max);

}  // namespace stp::wire
