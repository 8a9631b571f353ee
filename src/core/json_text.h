// JSON that stays data wherever it is shown.
#pragma once

#include <string>
#include <string_view>

namespace stp {

/// `json`, a JSON text, with '<', '>' and '&' escaped: JSON has these three only inside strings, where an escape means
/// the same. Whoever puts it into a page gets no markup.
[[nodiscard]] std::string without_markup(std::string_view json);

}  // namespace stp
