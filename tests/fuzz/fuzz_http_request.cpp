// HTTP request heads: what is accepted lies inside the input, the outcome does not depend on what follows, every
// shorter prefix is incomplete or refused, and a tracker URL made of the same bytes gives a request that is accepted.
#include <cstdint>
#include <string>

#include "core/result.h"
#include "tracker/http_request.h"
#include "tracker/tracker_url.h"

namespace {

using namespace stp::tracker;
using stp::Url;
using Outcome = HttpParse::Outcome;

bool inside(std::string_view part, std::string_view whole) {
  return part.empty() || (part.data() >= whole.data() && part.data() + part.size() <= whole.data() + whole.size());
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view input(reinterpret_cast<const char*>(data), size);
  const HttpParse parsed = parse_http_request(input);
  if (parsed.outcome == Outcome::incomplete) STP_ASSERT(size < kHttpHeadBytesMax);
  if (parsed.outcome == Outcome::refused) STP_ASSERT(parsed.status >= 400);
  if (parsed.outcome == Outcome::complete) {
    STP_ASSERT(parsed.consumed > 0 && parsed.consumed <= size && parsed.consumed <= kHttpHeadBytesMax);
    // An absolute form without a path asks for "/", which need not be in it.
    STP_ASSERT(inside(parsed.head.target, input) || parsed.head.target == "/");
    STP_ASSERT(inside(parsed.head.forwarded_for, input));
    STP_ASSERT(parsed.head.target.find_first_of("\r\n ") == std::string_view::npos);
    const HttpParse alone = parse_http_request(input.substr(0, parsed.consumed));
    STP_ASSERT(alone.outcome == Outcome::complete && alone.consumed == parsed.consumed);
    for (std::size_t shorter = 0; shorter < parsed.consumed; shorter += 1 + parsed.consumed / 64) {
      STP_ASSERT(parse_http_request(input.substr(0, shorter)).outcome == Outcome::incomplete);
    }
  }

  if (const stp::Result<Url> url = parse_tracker_url(input); url && url->scheme != Url::Scheme::udp) {
    const std::string request = "GET " + url->target + " HTTP/1.1\r\nHost: " + url->authority() + "\r\n\r\n";
    const HttpParse ours = parse_http_request(request);
    STP_ASSERT(ours.outcome == Outcome::complete && ours.consumed == request.size());
    STP_ASSERT(ours.head.target == url->target);
  }
  return 0;
}
