#include "content/web_seed.h"

namespace stp::content {

Result<WebSeed> parse_web_seed(WebSeed::Kind kind, const std::string& text) {
  Result<Url> url = Url::parse(text);
  if (!url) return url.error();
  if (url->scheme == Url::Scheme::udp) return url_error(ErrorKind::unsupported, text, "a web seed is http or https");
  return WebSeed{kind, *std::move(url)};
}

std::string shown_web_seed(const WebSeed& seed) {
  return seed.url.origin();
}

}  // namespace stp::content
