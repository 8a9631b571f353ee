// HTTP request heads: an accepted head is inside the input, the outcome does not depend on what follows, every shorter
// prefix is incomplete or rejected, and a tracker URL made of the same bytes gives a request that is accepted.
#include <cstdint>
#include <string>

#include "core/result.h"
#include "http/range.h"
#include "http/request_parser.h"
#include "tracker/tracker_url.h"

namespace {

using namespace stp::http;
using stp::Url;
using Outcome = ParsedRequest::Outcome;

bool inside(std::string_view part, std::string_view whole) {
  return part.empty() || (part.data() >= whole.data() && part.data() + part.size() <= whole.data() + whole.size());
}

void check(std::string_view input, Service service) {
  const ParsedRequest parsed = parse_request(input, service);
  if (parsed.outcome == Outcome::incomplete) STP_ASSERT(input.size() < kHeadBytesMax);
  if (parsed.outcome == Outcome::refused) STP_ASSERT(parsed.status >= 400);
  if (parsed.outcome != Outcome::complete) return;
  const Request& request = parsed.request;
  STP_ASSERT(parsed.consumed > 0 && parsed.consumed <= input.size() && parsed.consumed <= kHeadBytesMax);
  // An absolute form without a path asks for "/", which need not be in it.
  STP_ASSERT(inside(request.target, input) || request.target == "/");
  STP_ASSERT(inside(request.forwarded_for, input));
  STP_ASSERT(inside(request.host, input));
  STP_ASSERT(inside(request.content_type, input));
  STP_ASSERT(inside(request.range, input) && inside(request.if_range, input));
  STP_ASSERT(parsed.body_bytes <= kBodyBytesMax);
  STP_ASSERT(parsed.body_bytes == 0 || request.method == (service == Service::control ? Method::post : Method::put));
  STP_ASSERT(request.method != Method::erase || service == Service::control);
  STP_ASSERT(request.target.find_first_of("\r\n ") == std::string_view::npos);
  const ParsedRequest alone = parse_request(input.substr(0, parsed.consumed), service);
  STP_ASSERT(alone.outcome == Outcome::complete && alone.consumed == parsed.consumed);
  for (std::size_t shorter = 0; shorter < parsed.consumed; shorter += 1 + parsed.consumed / 64) {
    STP_ASSERT(parse_request(input.substr(0, shorter), service).outcome == Outcome::incomplete);
  }
}

void check_range(std::string_view range) {
  for (const std::int64_t bytes : {std::int64_t{0}, std::int64_t{1}, std::int64_t{1000}, INT64_MAX}) {
    const RangeAnswer answer = answer_range(range, "", "", bytes);
    if (answer.status == 200) STP_ASSERT(answer.begin == 0 && answer.end == bytes);
    if (answer.status == 206) STP_ASSERT(0 <= answer.begin && answer.begin < answer.end && answer.end <= bytes);
    if (answer.status == 416) STP_ASSERT(answer.begin == answer.end);
    STP_ASSERT(answer.status == 200 || !content_range(answer, bytes).empty());
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view input(reinterpret_cast<const char*>(data), size);
  check(input, Service::tracker);
  check(input, Service::control);
  check_range(input);
  check_range("bytes=" + std::string(input));

  if (const stp::Result<Url> url = stp::tracker::parse_tracker_url(input); url && url->scheme != Url::Scheme::udp) {
    const std::string request = "GET " + url->target + " HTTP/1.1\r\nHost: " + url->authority() + "\r\n\r\n";
    const ParsedRequest ours = parse_request(request);
    STP_ASSERT(ours.outcome == Outcome::complete && ours.consumed == request.size());
    STP_ASSERT(ours.request.target == url->target);
  }
  return 0;
}
