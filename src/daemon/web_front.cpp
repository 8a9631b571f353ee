#include "daemon/web_front.h"

#include <utility>

#include "crypto/base64url.h"
#include "crypto/random.h"
#include "daemon/api.h"
#include "metrics/exposition.h"
#include "net/host.h"
#include "web/page.h"

namespace stp::daemon {
namespace {

Refusal refusal_for(web::Verdict verdict) {
  switch (verdict) {
    case web::Verdict::wrong_host: return Refusal::wrong_host;
    case web::Verdict::foreign_page: return Refusal::foreign_page;
    case web::Verdict::no_token: return Refusal::no_token;
    default: return Refusal::not_json;
  }
}

}  // namespace

Status WebFront::open(net::Host& host, Endpoint listen, bool port_is_fixed) {
  std::string token;
  if (web::needs_token(listen)) {
    Bytes secret(web::kTokenBytes);
    crypto::random_fill(secret);
    token = crypto::to_base64url(secret);
  }
  gate_.emplace(std::move(token));
  net::ControlHandler& handler = *this;
  for (Port tried = 1;; ++tried, ++listen.port) {
    Result<std::unique_ptr<net::ControlSocket>> opened = host.open_web(listen, handler, net::Audience::owner);
    if (opened) {
      socket_ = *std::move(opened);
      return Done{};
    }
    const bool taken = opened.error().kind == ErrorKind::exists;
    if (!taken || port_is_fixed || tried >= kPortsTried) return opened.error();
  }
}

std::string WebFront::url() const {
  Endpoint endpoint = listening();
  if (endpoint.address.is_unspecified()) endpoint.address = IpAddress::loopback_v4();
  return web::page_url(endpoint, token());
}

void WebFront::on_request(const http::Request& request, std::shared_ptr<net::ControlReply> reply) {
  const bool is_call = request.target.starts_with("/api/") || metrics::form_of(request.target);
  const web::Verdict verdict = is_call ? gate_->check_call(request) : web::Gate::check_file(request);
  if (verdict != web::Verdict::pass) return reply->respond(refuse(refusal_for(verdict), web::explain(verdict)));
  if (is_call) return owner_.serve(request, std::move(reply));
  const bool reads = request.method == http::Method::get || request.method == http::Method::head;
  if (!reads) return reply->respond(refuse(Refusal::wrong_method, "a file can only be read"));
  std::optional<http::Response> file = web::page_file(web::Page::dashboard, request.target);
  reply->respond(file ? *std::move(file) : refuse(Refusal::not_found, "no file has this address"));
}

http::Response WebFront::refusal_of(unsigned status) {
  return refuse_status(status);
}

}  // namespace stp::daemon
