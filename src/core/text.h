// Small helpers for words that people type: keys, names and flags.
#pragma once

#include <span>
#include <string>
#include <string_view>

namespace stp {

/// ASCII letters only, whatever the locale.
[[nodiscard]] std::string ascii_lower(std::string_view text);

/// `text` without blanks and tabs at both ends; borrows.
[[nodiscard]] std::string_view trim_blanks(std::string_view text);

/// The member of `names` that `typo` most likely means; empty when none is close (restricted Damerau–Levenshtein
/// distance of at most 2, or a third of the typo's length).
[[nodiscard]] std::string nearest(std::string_view typo, std::span<const std::string> names);

/// `word` as a POSIX shell reads it back: quoted only where necessary.
[[nodiscard]] std::string shell_word(std::string_view word);

}  // namespace stp
