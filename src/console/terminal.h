// What is behind a descriptor: a terminal on which a line can be redrawn, or something that gets plain lines.
#pragma once

#include <cstddef>
#include <optional>
#include <string>

namespace stp::console {

/// Columns of the terminal on `fd`; nullopt if there is none, or it does not say.
[[nodiscard]] std::optional<std::size_t> terminal_columns(int fd);

/// Its rows; the same.
[[nodiscard]] std::optional<std::size_t> terminal_rows(int fd);

/// Whether a terminal is on `fd` that understands escape sequences: not a dumb one (TERM is "dumb" or missing).
[[nodiscard]] bool knows_escapes(int fd);

/// Whether a line may be redrawn and coloured on `fd`: such a terminal, and the user has not asked for none (NO_COLOR,
/// https://no-color.org).
[[nodiscard]] bool takes_escapes(int fd);

/// Whether this process has the terminal on `fd` now. In the background (`stp get LINK &`, Ctrl-Z and `bg`) it does
/// not: the shell's prompt is there. True if unknown.
[[nodiscard]] bool in_foreground(int fd);

}  // namespace stp::console
