// Text from elsewhere (file names, names in links, agents, reasons, arguments), made safe to show and to log.
//
// Unsafe means bytes that are not UTF-8, control characters (C0, DEL, C1), which can drive a terminal, and characters
// that reorder text or break lines (U+200E, U+200F, U+2028, U+2029, U+202A..202E, U+2066..2069), which can make it read
// as something else. Three ways to treat them, for three uses:
//   escaped()       makes each of them visible; different texts stay different: names in messages
//   one_line()      puts "?" in its place: lines that are already composed
//   display_text()  drops it: foreign text that is stored or sent on
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace stp {

/// `text` with \n, \t, \xNN (control characters and bytes that are not UTF-8), \u{…} (characters that reorder text),
/// and \\ for a backslash.
[[nodiscard]] std::string escaped(std::string_view text);

/// `text` on one line, with "?" for each unsafe character or byte.
[[nodiscard]] std::string one_line(std::string_view text);

/// `text` without unsafe characters, cut to at most `bytes_max` bytes without splitting a character. Applying it again
/// changes nothing.
[[nodiscard]] std::string display_text(std::string_view text, std::size_t bytes_max);

}  // namespace stp
