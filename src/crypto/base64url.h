// base64url without padding (RFC 4648 §5), in time that does not depend on the text: links carry secrets.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "core/bytes.h"

namespace stp::crypto {

[[nodiscard]] std::string to_base64url(ByteSpan bytes);

/// nullopt for a character outside the alphabet, padding, or spare bits that are not zero.
[[nodiscard]] std::optional<Bytes> from_base64url(std::string_view text);

}  // namespace stp::crypto
