// The query of a search in the catalogue, and the name that it asks for. An accepted query survives being written out;
// a search ends within its bounds, finds nothing that a plain comparison would not, and every response is JSON without
// markup.
#include <cstddef>
#include <cstdint>
#include <string>

#include "bencode/bencode.h"
#include "core/fold_case.h"
#include "crypto/sha256.h"
#include "tracker/catalogue_api.h"
#include "tracker/catalogue_query.h"
#include "tracker/catalogue_reply.h"
#include "tracker/name_pattern.h"
#include "tracker/responder.h"

namespace {

using namespace stp;
using namespace stp::tracker;

void add(Catalogue& catalogue, Registry& registry, const std::string& name, Instant now) {
  bencode::Encoder out;
  out.begin_dict().key("file tree").begin_dict().key("f").begin_dict().key("").begin_dict().key("length").integer(0);
  out.end().end().end().key("meta version").integer(2).key("name").string(std::string_view(name));
  out.key("piece length").integer(16384).end();
  const Bytes dictionary = out.take();
  const InfoHash info_hash{crypto::sha256(dictionary).bytes};
  const Endpoint peer{IpAddress::v4(0x0a000001), 6881};
  STP_ASSERT(registry.announce({swarm_of(info_hash), peer, AnnounceEvent::none, true, {}}, now).ok());
  static_cast<void>(catalogue.put(info_hash, dictionary, peer.address, now));
}

void check_response(const http::Response& response) {
  STP_ASSERT(response.status >= 200 && response.status <= 503 && !response.body.empty());
  if (response.content_type != kJsonType) return;
  STP_ASSERT(as_text(response.body).find_first_of("<>&\x1b") == std::string_view::npos);
  STP_ASSERT(response.status != 200 || decode_share_page(response.body).ok() ||
             as_text(response.body).find("info_hash") != std::string_view::npos);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  Rng rng(1);
  const Instant now{std::chrono::hours(1)};
  Registry registry({}, rng);
  Catalogue catalogue({}, registry, rng);
  for (const char* name : {"Holiday film.mkv", "disk7.iso",
                           "\xc3\x9c"
                           "bung [1].pdf",
                           "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", "*"}) {
    add(catalogue, registry, name, now);
  }

  if (const Result<ShareQuery> query = parse_share_query(text)) {
    STP_ASSERT(query->name.size() <= kQueryNameBytesMax && query->page >= 1 && query->page <= kPagesMax);
    STP_ASSERT(*parse_share_query(share_query(*query)) == *query);
    const Result<SharePage> page = catalogue.search(*query, now);
    STP_ASSERT(page.ok() && page->total <= 5 && page->shares.size() <= page->total);
    const NamePattern pattern(query->name);
    for (const ListedShare& share : page->shares) {
      std::uint64_t steps = 0;
      STP_ASSERT(pattern.match(share.name, fold_case(share.name), steps) != NamePattern::Match::none);
      STP_ASSERT(steps <= 300 * 300);
    }
    // The name itself is always found.
    if (query->page == 1) add(catalogue, registry, query->name.empty() ? "x" : query->name, now);
    catalogue.check_invariants();
  }

  ResponderOptions options;
  options.catalogue = &catalogue;
  Responder responder(registry, options);
  http::Request request;
  request.host = text.substr(0, 300);
  const IpAddress source = IpAddress::v4(0x0a000001);
  for (const char* path : {"/api/shares?", "/api/shares/", "/", ""}) {
    const std::string target = path + std::string(text);
    request.target = target;
    for (const http::Method method : {http::Method::get, http::Method::put}) {
      request.method = method;
      check_response(responder.respond(request, source, now));
      if (const auto early = responder.respond_early(request, source, now)) check_response(*early);
    }
  }
  catalogue.check_invariants();
  return 0;
}
