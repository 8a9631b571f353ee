// Redirects: which are followed, for everything that follows them (trackers, web seeds, the address of a .torrent).
//
// Whoever redirects makes us send a request of their choice. So:
//   1. only to http and https, and never from https to http: what was asked for in confidence stays so;
//   2. at most kRedirectsMax in a row;
//   3. a server outside our own network leads to no address inside it, which only we can reach; neither does a server
//      inside to which one outside has led.
// No I/O. Names are resolved by the caller, so the third rule comes in two halves: handle_answer() and allowed().
#pragma once

#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "core/endpoint.h"
#include "core/result.h"
#include "core/url.h"

namespace stp::http {

inline constexpr unsigned kRedirectsMax = 5;

/// Where `location` of an answer to a request for `from` leads: absolute, or relative to it (RFC 3986 §4.2; "." and ".."
/// are sent as they are), without a fragment, and with a target that begins with '/'. Errors: malformed, unsupported (by
/// the first rule). They begin with "it redirects".
[[nodiscard]] Result<Url> resolve_redirect(const Url& from, std::string_view location);

/// The redirects of one request, from the first URL on.
class RedirectChain {
 public:
  /// The next URL, after resolve_redirect(). `answered`: the address of the server, if it is known. Errors: the same, and
  /// by the second rule.
  [[nodiscard]] Result<Url> follow(const Url& from, std::string_view location,
                                   const std::optional<IpAddress>& answered);
  /// Those of the addresses of the next server that it may lead to. Error: denied; there were some, but none of them.
  [[nodiscard]] Result<std::vector<Endpoint>> allowed(std::span<const Endpoint> found) const;

  [[nodiscard]] unsigned length() const { return length_; }

 private:
  unsigned length_ = 0;
  bool outside_ = false;  // one of its servers is not in our own network
};

}  // namespace stp::http
