// Text in which upper and lower case are the same, for searching names.
//
// Unicode's simple case folding (CaseFolding.txt, status C and S) of the alphabets that have case and that names are
// written in: Latin with its extensions, Greek, Cyrillic, Armenian, full-width letters. Everything else stays as it is,
// and so do letters whose folding is more than one character ("ß") or depends on the language ("İ").
#pragma once

#include <string>
#include <string_view>

namespace stp {

/// `text` with folded letters. Bytes that are not UTF-8 stay as they are. Applying it again changes nothing.
[[nodiscard]] std::string fold_case(std::string_view text);

}  // namespace stp
