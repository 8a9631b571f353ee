// The files of the two pages, the dashboard and a tracker's, which are part of the program: web/dist, as it was when stp was
// built (src/web/embed.cmake).
//
// They may load nothing but each other, run no script and apply no style that is not in one of them (CSP), and be shown
// in no other page's frame. They ask at the port that they came from.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "http/message.h"

namespace stp::web {

enum class Page : std::uint8_t { dashboard, tracker };

/// The file of a page at this target ("/", "/stp.js"); a query is ignored. nullopt: there is none.
[[nodiscard]] std::optional<http::Response> page_file(Page page, std::string_view target);

}  // namespace stp::web
