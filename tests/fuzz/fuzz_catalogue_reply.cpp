// What `stp find` reads: a page of a catalogue, or an error, from any tracker. What is accepted is within its bounds,
// has names that can be shown and links that can be read, and survives being written out.
#include <cstddef>
#include <cstdint>
#include <string>

#include "content/path_rules.h"
#include "core/shown_text.h"
#include "tracker/catalogue_reply.h"
#include "wire/link.h"

using namespace stp;
using namespace stp::tracker;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const ByteSpan input(reinterpret_cast<const std::byte*>(data), size);
  const std::string error = decode_catalogue_error(input);
  STP_ASSERT(error.size() <= 8 * kCatalogueErrorBytesMax && one_line(error) == error);
  const std::string state = decode_put(input);
  STP_ASSERT(state.empty() || state == "listed" || state == "held");

  const Result<SharePage> page = decode_share_page(input);
  if (!page) {
    STP_ASSERT(!page.error().message.empty());
    return 0;
  }
  STP_ASSERT(page->shares.size() <= kPageShares && page->total >= page->shares.size() && page->page >= 1);
  for (const ListedShare& share : page->shares) {
    STP_ASSERT(content::check_component(share.name).ok() && share.bytes >= 0 && share.age.count() >= 0);
    STP_ASSERT(one_line(escaped(share.name)) == escaped(share.name));
    const Result<wire::Link> link = wire::Link::parse(share_link(share, {"http://t.example:65000/announce"}));
    STP_ASSERT(link.ok() && link->info_hashes == share.info_hashes() && !link->is_private());
    STP_ASSERT(link->trackers == std::vector<std::string>{"http://t.example:65000/announce"});
  }
  STP_ASSERT(*decode_share_page(encode_share_page(*page, "http://t.example:65000/announce")) == *page);
  return 0;
}
