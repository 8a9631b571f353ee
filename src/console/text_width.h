// How many columns a text takes on a terminal. Pure functions.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace stp::console {

/// Terminal columns that UTF-8 `text` takes: 0 for combining marks, 2 for East Asian wide characters and emoji, 1 for
/// each byte that is not UTF-8.
[[nodiscard]] std::size_t display_width(std::string_view text);

/// `text` cut to at most `columns`, between characters; the cut is marked with "…".
[[nodiscard]] std::string fit_to_width(std::string_view text, std::size_t columns);

}  // namespace stp::console
