// What src/web/embed.cmake has made of web/dist.
#pragma once

#include <span>
#include <string_view>

namespace stp::web {

struct EmbeddedFile {
  std::string_view name;  // "index.html"
  std::string_view bytes;
};

[[nodiscard]] std::span<const EmbeddedFile> embedded_files();

}  // namespace stp::web
