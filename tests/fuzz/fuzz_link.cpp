// Links that people paste (wire/link.h): an accepted link is written and read back as the same share.
#include <cstdint>

#include "core/result.h"
#include "wire/link.h"
#include "wire/link_text.h"

using namespace stp;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text = as_text(std::as_bytes(std::span(data, size)));
  // A UTF-16 file, too, is only ever turned into text and looked through.
  const std::string decoded = wire::link_text(text);
  STP_ASSERT(decoded.size() <= size);
  if (const auto found = wire::find_link(decoded)) STP_ASSERT(wire::find_link(*found) == *found);

  if (const std::optional<wire::Link> bare = wire::read_bare_hash(text)) {
    STP_ASSERT(!bare->is_private() && bare->swarm_keys().size() == 1 && wire::Link::parse(text).value() == *bare);
    STP_ASSERT(wire::Link::parse(bare->to_string()).value() == *bare);
    return 0;
  }
  const Result<wire::ReadLink> read = wire::read_link(text);
  const Result<wire::Link> link = wire::Link::parse(text);
  STP_ASSERT(read.ok() == link.ok());
  if (!link) {
    STP_ASSERT(link.error().message.starts_with("link: "));
    return 0;
  }
  STP_ASSERT(wire::looks_like_link(text));
  STP_ASSERT(read->link == *link && read->notices.size() <= wire::kLinkNoticesMax + 1);
  STP_ASSERT(link->trackers.size() <= wire::kLinkTrackersMax && link->peers.size() <= wire::kLinkPeersMax);
  STP_ASSERT(link->info_hashes.any() && (!link->is_private() || link->info_hashes.v2));
  STP_ASSERT(link->web_seeds.size() <= wire::kLinkWebSeedsMax && link->selection.size() <= wire::kLinkSelectionMax);
  STP_ASSERT(link->meets(*link) && link->accesses().size() == link->swarm_keys().size());
  const std::string written = link->to_string();
  STP_ASSERT(written.size() <= wire::kLinkBytesMax);
  const Result<wire::Link> again = wire::Link::parse(written);
  STP_ASSERT(again.ok() && again->info_hashes == link->info_hashes && again->secret == link->secret);
  // Escapes make a link longer; only one that then reaches the limit may lose a name, tracker or peer.
  if (size < wire::kLinkBytesMax / 3) STP_ASSERT(*again == *link);
  return 0;
}
