// What stands behind a descriptor: a terminal that a line can be redrawn on, or something that gets plain lines.
#pragma once

#include <cstddef>
#include <optional>
#include <string>

namespace stp::console {

/// Columns of the terminal on `fd`; nullopt when there is none, or it does not say.
[[nodiscard]] std::optional<std::size_t> terminal_columns(int fd);

/// Whether escape sequences are welcome on `fd`: a terminal, not a dumb one (TERM is "dumb" or missing), and nobody
/// asked for none (NO_COLOR, https://no-color.org).
[[nodiscard]] bool takes_escapes(int fd);

/// Whether this process has the terminal on `fd` now. Put into the background (`stp get LINK &`, Ctrl-Z and `bg`), it
/// has not: the shell's prompt is there. True where that can't be found out.
[[nodiscard]] bool in_foreground(int fd);

}  // namespace stp::console
