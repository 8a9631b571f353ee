// The keys of a terminal, from the bytes that it sends (xterm's sequences, which all others have taken over). Pure.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace stp::cli {

enum class Key : std::uint8_t { up, down, page_up, page_down, home, end, enter, escape, backspace, text };

struct KeyPress {
  Key key = Key::text;
  std::string text = {};  // of Key::text: one character

  bool operator==(const KeyPress&) const = default;
};

/// What was pressed; `bytes` are those of one read(), in which a terminal sends a key as a whole. Keys without a meaning here
/// are left out.
[[nodiscard]] std::vector<KeyPress> keys_in(std::string_view bytes);

}  // namespace stp::cli
