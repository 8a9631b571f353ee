// Gate: which requests at a TCP port may steer this process. A core: no sockets, no clock.
//
// A port can be reached by every page that the person's browser shows, and at another address than loopback by every
// machine. What is refused, in this order:
//   1. a Host that is neither an IP address nor `localhost`: a stranger's name that resolves to us (DNS rebinding);
//   2. an Origin other than this very host, or a browser's word that another site asks (Sec-Fetch-Site): cross-site
//      requests. Programs that are no browsers send neither;
//   3. where a token is needed, a request without it (`Authorization: Bearer TOKEN`). A player can send no fields, so a
//      file of a share can be fetched with a key in its address instead: derived from the token, for this file alone;
//   4. a change that is not `application/json`, which no form can send.
// The page itself is handed out to anybody who passes the first rule: it has no secrets.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "core/endpoint.h"
#include "http/message.h"

namespace stp::web {

/// Bytes of a token before they are written in base64url.
inline constexpr std::size_t kTokenBytes = 18;

enum class Verdict : std::uint8_t { pass, wrong_host, foreign_page, no_token, not_json };
/// A sentence for a person; of `pass` an empty one.
[[nodiscard]] std::string_view explain(Verdict verdict);

class Gate {
 public:
  /// `token`: empty, if none is needed.
  explicit Gate(std::string token) : token_(std::move(token)) {}

  /// Of the page's own files.
  [[nodiscard]] static Verdict check_file(const http::Request& request);
  /// Of a call.
  [[nodiscard]] Verdict check_call(const http::Request& request) const;
  [[nodiscard]] const std::string& token() const { return token_; }
  /// "?key=…" for the address of this file: /api/shares/ID/files/PATH, not percent-encoded. Empty, if no token is needed.
  [[nodiscard]] std::string key_for(std::string_view path) const;

 private:
  [[nodiscard]] bool has_key(const http::Request& request) const;

  const std::string token_;
};

/// Whether a process that listens here needs a token.
[[nodiscard]] inline bool needs_token(const Endpoint& listening) {
  return !listening.address.is_loopback();
}

/// "http://127.0.0.1:64480/", with the token in its fragment, which a browser sends to nobody.
[[nodiscard]] std::string page_url(const Endpoint& endpoint, std::string_view token);

}  // namespace stp::web
