// Announce and scrape queries. An accepted query obeys its bounds, survives being written out again, and the registry
// accepts it or says why not.
#include <cstdint>
#include <string>

#include "core/percent.h"
#include "core/result.h"
#include "tracker/announce_query.h"
#include "tracker/responder.h"

namespace {

using namespace stp;
using namespace stp::tracker;

std::string written_out(const AnnounceQuery& query) {
  std::string text = "info_hash=" + percent_encode(as_text(query.key.span())) + "&port=" + std::to_string(query.port);
  text += query.seed ? "&left=0" : "&left=1";
  if (query.event == AnnounceEvent::started) text += "&event=started";
  if (query.event == AnnounceEvent::completed) text += "&event=completed";
  if (query.event == AnnounceEvent::stopped) text += "&event=stopped";
  if (query.numwant) text += "&numwant=" + std::to_string(*query.numwant);
  if (query.event == AnnounceEvent::paused) text += "&event=paused";
  if (!query.compact) text += "&compact=0";
  if (query.peer_id) text += "&peer_id=" + percent_encode(as_text(query.peer_id->span()));
  if (query.no_peer_id) text += "&no_peer_id=1";
  return text;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);

  if (const Result<AnnounceQuery> query = parse_announce_query(text)) {
    STP_ASSERT(query->port != 0);
    const Result<AnnounceQuery> again = parse_announce_query(written_out(*query));
    STP_ASSERT(again.ok() && *again == *query);
  }
  if (const Result<std::vector<SwarmKey>> keys = parse_scrape_query(text)) {
    STP_ASSERT(!keys->empty() && keys->size() <= kScrapeKeysMax);
    std::string out;
    for (const SwarmKey& key : *keys) out += "&info_hash=" + percent_encode(as_text(key.span()));
    const Result<std::vector<SwarmKey>> again = parse_scrape_query(out);
    STP_ASSERT(again.ok() && *again == *keys);
  }

  // The whole way of a request, once as a target and once as a forwarded address.
  Rng rng(1);
  Registry registry({}, rng);
  const IpAddress source = IpAddress::v4(0x7f000001);
  ResponderOptions options;
  options.trusted_proxies = {source};
  Responder responder(registry, options);
  http::Request head;
  head.forwarded_for = "192.0.2.1";
  for (const char* path : {"/announce?", "/scrape?", ""}) {
    const std::string target = path + std::string(text);
    head.target = target;
    STP_ASSERT(!responder.respond(head, source, Instant{}).body.empty());
  }
  head.target = "/announce?info_hash=aaaaaaaaaaaaaaaaaaaa&port=1";
  head.forwarded_for = text;
  STP_ASSERT(!responder.respond(head, source, Instant{}).body.empty());
  registry.check_invariants();
  return 0;
}
