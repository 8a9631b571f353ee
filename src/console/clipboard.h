// The escape sequence OSC 52 (xterm, "Manipulate Selection Data"), with which a terminal puts a text into the clipboard
// of the person in front of it, also over ssh. A terminal does not say whether it has done so.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace stp::console {

/// What is between us and the terminal; it passes a sequence on only in an envelope.
enum class Multiplexer : std::uint8_t { none, tmux, screen };

/// In base64, with the sequence around it, terminals take 100,000 bytes (hterm, iTerm2); some drop longer ones silently.
inline constexpr std::size_t kClipboardBytesMax = 74'994;

/// nullopt: `text` is longer than kClipboardBytesMax.
[[nodiscard]] std::optional<std::string> clipboard_sequence(std::string_view text, Multiplexer multiplexer);

/// By the environment of this process: TMUX, STY.
[[nodiscard]] Multiplexer multiplexer_of_process();

}  // namespace stp::console
