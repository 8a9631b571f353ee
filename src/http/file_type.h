// What a file of a share is to a browser that shows it at the address of the dashboard.
//
// Foreign files are shown there, so none may run as a page: only media and plain text have a type of their own.
// Everything else, HTML, SVG and scripts above all, is bytes to be saved.
#pragma once

#include <string_view>

namespace stp::http {

struct FileType {
  std::string_view content_type;
  bool shown = false;  // by the browser; otherwise it is saved
};

/// By the end of the name, whatever its case.
[[nodiscard]] FileType file_type(std::string_view name);

}  // namespace stp::http
