// Requests to the daemon: any bytes give a call, or a refusal with the versions and a reason. An accepted order survives
// its JSON.
#include <cstdint>
#include <nlohmann/json.hpp>
#include <string>

#include "core/result.h"
#include "core/utf8.h"
#include "daemon/api.h"
#include "http/request_parser.h"

namespace {

using namespace stp;

void check_refusal(const http::Response& response) {
  STP_ASSERT(response.status >= 400);
  const nlohmann::json body = nlohmann::json::parse(as_text(response.body), nullptr, false);
  STP_ASSERT(body.is_object() && body.at("api") == daemon::kApiVersion && body.at("version").is_string());
  STP_ASSERT(!body.at("error").at("kind").get<std::string>().empty());
  STP_ASSERT(!body.at("error").at("message").get<std::string>().empty());
}

void check_call(const http::Request& request) {
  const auto read = daemon::read_call(request);
  if (const auto* const refused = std::get_if<http::Response>(&read)) return check_refusal(*refused);
  STP_ASSERT(!request.from_page);
  const auto& call = std::get<daemon::Call>(read);
  if (const auto* const add = std::get_if<daemon::AddCall>(&call)) {
    STP_ASSERT(request.method == http::Method::post);
    const Result<daemon::ShareOrder> again = daemon::decode_order(daemon::to_json(add->order));
    STP_ASSERT(again.ok() && *again == add->order);
  }
  if (const auto* const limits = std::get_if<daemon::LimitsCall>(&call))
    STP_ASSERT(limits->up >= 0 && limits->down >= 0);
  if (const auto* const chunks = std::get_if<daemon::ChunksCall>(&call)) {
    STP_ASSERT(chunks->cells > 0 && chunks->cells <= daemon::kCellsMax);
  }
  if (const auto* const file = std::get_if<daemon::FileCall>(&call)) {
    STP_ASSERT(!file->path.empty() && is_utf8(file->path));
    STP_ASSERT(!file->only_head || file->range.empty());
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view input(reinterpret_cast<const char*>(data), size);
  const http::ParsedRequest parsed = http::parse_request(input, http::Service::control);
  if (parsed.outcome == http::ParsedRequest::Outcome::refused) check_refusal(daemon::refuse_status(parsed.status));
  if (parsed.outcome == http::ParsedRequest::Outcome::complete) {
    http::Request request = parsed.request;
    request.body = input.substr(parsed.consumed, parsed.body_bytes);
    check_call(request);
  }
  // The same bytes as a body, so that they reach the decoder without a head.
  for (const char* const target : {"/api/shares", "/api/torrents", "/api/daemon/limits"}) {
    http::Request order;
    order.method = http::Method::post;
    order.target = target;
    order.host = "stp";
    order.content_type = "application/json";
    order.body = input;
    check_call(order);
  }
  return 0;
}
