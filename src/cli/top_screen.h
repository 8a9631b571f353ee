// What `stp top` shows: lines for a terminal of any size, with colours. Pure.
//
//   head     rates, shares, limits; the network below it
//   table    the columns that the width has room for, the selected row inverted, the sorted column underlined
//   details  what is known about the selected share: why it waits, a map of its chunks, its peers or its paths
//   foot     a prompt, what the last key did, or the keys
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "cli/top_state.h"

namespace stp::cli {

struct TopSize {
  std::size_t columns = 80;
  std::size_t rows = 24;
};

/// Rows of the table that fit, for Page Up and Page Down.
[[nodiscard]] std::size_t table_rows(const TopState& state, TopSize size);

/// At most size.rows lines of at most size.columns columns.
[[nodiscard]] std::vector<std::string> top_screen(TopState& state, TopSize size);

/// The escape sequences that turn the lines `before` on the screen into `now`: what stays the same is not written.
[[nodiscard]] std::string screen_change(const std::vector<std::string>& before, const std::vector<std::string>& now);

}  // namespace stp::cli
