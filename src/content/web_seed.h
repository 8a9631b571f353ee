// A web seed: an HTTP server that has the files of a share, named by a .torrent or a link.
//
//   Kind::files    BEP 19 ("url-list", "ws"): the files themselves, fetched by byte ranges
//   Kind::pieces   BEP 17 ("httpseeds"): a script that is asked for parts of a piece by its number
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>

#include "core/result.h"
#include "core/url.h"

namespace stp::content {

struct WebSeed {
  enum class Kind : std::uint8_t { files, pieces };
  Kind kind = Kind::files;
  Url url;  // http or https
  bool operator==(const WebSeed&) const = default;
};

/// Why a web seed is of no use for now.
struct WebSeedFailure {
  std::string reason;
  std::optional<std::chrono::seconds> retry_after = {};  // as its server wishes
  bool for_good = false;                                 // it will be the same next time
};

/// More web seeds of one share than this are not used.
inline constexpr std::size_t kWebSeedsUsedMax = 16;

/// Errors: malformed, and unsupported for other schemes than http and https; the message has the URL, fit to be shown.
[[nodiscard]] Result<WebSeed> parse_web_seed(WebSeed::Kind kind, const std::string& text);

/// Its server, for people: the query may be a secret, and the path says little.
[[nodiscard]] std::string shown_web_seed(const WebSeed& seed);

}  // namespace stp::content
