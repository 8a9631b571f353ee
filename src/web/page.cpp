#include "web/page.h"

#include <algorithm>
#include <span>

#include "core/bytes.h"
#include "web/embedded.h"

namespace stp::web {
namespace {

// `require-trusted-types-for`: nothing can turn a text, a share's name for instance, into markup.
constexpr std::string_view kFields =
    "Content-Security-Policy: default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src "
    "'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'; "
    "trusted-types 'none'\r\n"
    "X-Content-Type-Options: nosniff\r\n"
    "Referrer-Policy: no-referrer\r\n"
    "Cross-Origin-Opener-Policy: same-origin\r\n"
    "Cross-Origin-Resource-Policy: same-origin\r\n"
    "Cache-Control: no-cache\r\n";

std::string_view type_of(std::string_view name) {
  if (name.ends_with(".html")) return "text/html; charset=utf-8";
  if (name.ends_with(".js")) return "text/javascript; charset=utf-8";
  if (name.ends_with(".css")) return "text/css; charset=utf-8";
  if (name.ends_with(".svg")) return "image/svg+xml";
  return "text/plain; charset=utf-8";
}

/// The one at "/" first.
std::span<const std::string_view> files_of(Page page) {
  static constexpr std::string_view kDashboard[] = {"index.html", "stp.js", "stp.css", "icon.svg"};
  static constexpr std::string_view kTracker[] = {"tracker.html", "tracker.js", "tracker.css", "icon.svg"};
  if (page == Page::tracker) return kTracker;
  return kDashboard;
}

}  // namespace

std::optional<http::Response> page_file(Page page, std::string_view target) {
  std::string_view name = target.substr(0, target.find('?'));
  if (!name.starts_with('/')) return std::nullopt;
  name.remove_prefix(1);
  const std::span<const std::string_view> files = files_of(page);
  if (name.empty()) name = files.front();
  if (std::ranges::find(files, name) == files.end()) return std::nullopt;
  for (const EmbeddedFile& file : embedded_files()) {
    if (file.name != name) continue;
    http::Response response{200, to_bytes(file.bytes), std::string(type_of(name))};
    response.fields = kFields;
    return response;
  }
  return std::nullopt;
}

}  // namespace stp::web
