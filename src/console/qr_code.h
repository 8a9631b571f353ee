// A text as a QR code (ISO/IEC 18004) of half blocks, for the camera of a phone.
//
// A character is two modules above each other. With colours it is black on white, whatever those of the terminal are.
// Without, the light modules are drawn, as on most terminals text is light.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "core/result.h"

namespace stp::console {

enum class QrColours : std::uint8_t { black_on_white, none };

/// The lines of the drawing, with the margin of four modules that readers need. Errors: `text` does not fit a QR code
/// (2,953 bytes do), or the drawing is wider than `columns`; the message says which.
[[nodiscard]] Result<std::vector<std::string>> qr_drawing(std::string_view text, std::size_t columns,
                                                          QrColours colours);

}  // namespace stp::console
