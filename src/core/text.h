// Small helpers for text: words that people type (keys, names, flags), and the lines of text protocols.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace stp {

/// ASCII letters only, whatever the locale.
[[nodiscard]] std::string ascii_lower(std::string_view text);

/// `text` without blanks and tabs at both ends; borrows.
[[nodiscard]] std::string_view trim_blanks(std::string_view text);

/// Takes the next line off the front of `text`, without its end (CR LF, or LF alone); nullopt: it has no whole line.
/// Borrows.
[[nodiscard]] std::optional<std::string_view> take_line(std::string_view& text);

/// "1 peer", "5 peers".
[[nodiscard]] std::string format_count(std::uint64_t count, std::string_view singular, std::string_view plural);

/// The member of `names` that `typo` most likely means; empty when none is close (restricted Damerau–Levenshtein
/// distance of at most 2, or a third of the typo's length).
[[nodiscard]] std::string nearest(std::string_view typo, std::span<const std::string> names);

/// `word` as a POSIX shell reads it back: quoted only where necessary.
[[nodiscard]] std::string shell_word(std::string_view word);

}  // namespace stp
