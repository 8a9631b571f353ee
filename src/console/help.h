// Help texts, made by CLI11 from the table of commands and wrapped to a width.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "console/command_table.h"

namespace stp::console {

/// The narrowest and the widest text, whatever the terminal: less breaks words, more is hard to read.
inline constexpr std::size_t kHelpColumnsMin = 40;
inline constexpr std::size_t kHelpColumnsMax = 120;
/// Where there is no terminal.
inline constexpr std::size_t kHelpColumnsDefault = 100;

/// Help for one command, or the overview, in lines of at most `columns` (within the bounds above). Ends with a newline.
[[nodiscard]] std::string help_text(const Program& program, std::optional<std::size_t> command, std::size_t columns);

/// `text` broken at blanks into lines of at most `columns`, all but the first indented by `indent`; the first begins at
/// column `at`. A newline in it stays one. Words that are longer stand alone.
[[nodiscard]] std::string wrapped(std::string_view text, std::size_t columns, std::size_t indent, std::size_t at);

}  // namespace stp::console
