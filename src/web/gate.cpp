#include "web/gate.h"

#include "core/host_port.h"
#include "core/percent.h"
#include "core/text.h"
#include "crypto/base64url.h"
#include "crypto/blake2b.h"
#include "crypto/secret_bytes.h"
#include "http/media_type.h"

namespace stp::web {
namespace {

bool is_our_host(std::string_view host) {
  const Result<SplitHostPort> split = split_host_port(host);
  if (!split || (!split->port.empty() && !parse_port(split->port))) return false;
  if (split->bracketed) return is_ipv6_literal(split->host);
  return ascii_lower(split->host) == "localhost" || (IpAddress::parse(split->host) && !is_ipv6_literal(split->host));
}

bool same_site(const http::Request& request) {
  const std::string_view site = request.fetch_site;
  if (!site.empty() && site != "same-origin" && site != "none") return false;
  if (!request.from_page) return true;
  constexpr std::string_view kScheme = "http://";
  const std::string origin = ascii_lower(request.origin);
  return origin.starts_with(kScheme) && std::string_view(origin).substr(kScheme.size()) == ascii_lower(request.host);
}

bool has_token(std::string_view authorization, std::string_view token) {
  constexpr std::string_view kScheme = "bearer ";
  if (ascii_lower(authorization.substr(0, kScheme.size())) != kScheme) return false;
  const std::string_view given = trim_blanks(authorization.substr(kScheme.size()));
  return crypto::equal_in_constant_time(as_bytes(given), as_bytes(token));
}

}  // namespace

std::string_view explain(Verdict verdict) {
  switch (verdict) {
    case Verdict::pass: return "";
    case Verdict::wrong_host: return "the Host field has to be an IP address or 'localhost'";
    case Verdict::foreign_page: return "a page of another site may not ask (Origin or Sec-Fetch-Site)";
    case Verdict::no_token: return "this needs the token of the link that was printed at the start";
    case Verdict::not_json: return "what changes something needs 'Content-Type: application/json'";
  }
  return "";
}

Verdict Gate::check_file(const http::Request& request) {
  return is_our_host(request.host) ? Verdict::pass : Verdict::wrong_host;
}

Verdict Gate::check_call(const http::Request& request) const {
  if (!is_our_host(request.host)) return Verdict::wrong_host;
  if (!same_site(request)) return Verdict::foreign_page;
  if (!token_.empty() && !has_token(request.authorization, token_) && !has_key(request)) return Verdict::no_token;
  const bool changes = request.method != http::Method::get && request.method != http::Method::head;
  return changes && !http::is_json(request.content_type) ? Verdict::not_json : Verdict::pass;
}

std::string Gate::key_for(std::string_view path) const {
  if (token_.empty()) return "";
  constexpr std::size_t kKeyBytes = 18;
  const auto key = crypto::blake2b<kKeyBytes>(as_bytes(token_), "stp file address", {as_bytes(path)});
  return "?key=" + crypto::to_base64url(key);
}

bool Gate::has_key(const http::Request& request) const {
  const bool reads = request.method == http::Method::get || request.method == http::Method::head;
  const std::size_t mark = request.target.find('?');
  const std::string_view encoded = request.target.substr(0, mark);
  if (!reads || mark == std::string_view::npos || encoded.find("/files/") == std::string_view::npos) return false;
  const std::optional<std::string> path = percent_decode(encoded);
  return path && crypto::equal_in_constant_time(as_bytes(request.target.substr(mark)), as_bytes(key_for(*path)));
}

std::string page_url(const Endpoint& endpoint, std::string_view token) {
  std::string url = "http://" + endpoint.to_string() + "/";
  if (!token.empty()) url.append("#token=").append(token);
  return url;
}

}  // namespace stp::web
