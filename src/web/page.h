// The files of the dashboard, which are part of the program: web/dist, as it was when stp was built (src/web/embed.cmake).
//
// They may load nothing but each other, run no script and apply no style that is not in one of them (CSP), and be shown
// in no other page's frame. They ask at the port that they came from (/api/…).
#pragma once

#include <optional>
#include <string_view>

#include "http/message.h"

namespace stp::web {

/// The file at this target ("/", "/stp.js"); a query is ignored. nullopt: there is none.
[[nodiscard]] std::optional<http::Response> page_file(std::string_view target);

}  // namespace stp::web
