// The body of a PUT to the catalogue: an info dictionary from a stranger. The summary and content::Metainfo accept the
// same dictionaries of v2 and say the same about them (of a hybrid, the summary does not look at the v1 part), and what
// is listed is found under exactly that name.
#include <cstddef>
#include <cstdint>
#include <string>

#include "content/metainfo.h"
#include "content/path_rules.h"
#include "crypto/sha256.h"
#include "tracker/catalogue.h"
#include "tracker/catalogue_reply.h"
#include "tracker/share_summary.h"

using namespace stp;
using namespace stp::tracker;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const ByteSpan input(reinterpret_cast<const std::byte*>(data), size);
  const InfoHash info_hash{crypto::sha256(input).bytes};
  const Result<ShareSummary> summary = summarize(input, info_hash);
  const auto metainfo = content::Metainfo::parse(input);
  const bool v2 = metainfo && (*metainfo)->has_v2();
  const bool v1_part = as_text(input).find("6:pieces") != std::string_view::npos;
  STP_ASSERT(summary.ok() == v2 || (summary.ok() && v1_part) || size > kSummaryBytesMax / 16);
  if (!summary) STP_ASSERT(!summary.error().message.empty());

  Rng rng(1);
  const Instant now{std::chrono::hours(1)};
  Registry registry({}, rng);
  Catalogue catalogue({}, registry, rng);
  const Endpoint peer{IpAddress::v4(0x0a000001), 6881};
  STP_ASSERT(registry.announce({swarm_of(info_hash), peer, AnnounceEvent::none, true, {}}, now).ok());
  const Result<Catalogue::Put> put = catalogue.put(info_hash, input, peer.address, now);
  catalogue.check_invariants();
  STP_ASSERT(put.ok() == (summary.ok() && !summary->private_flag));
  InfoHash other = info_hash;
  other.bytes[0] ^= std::byte{1};
  STP_ASSERT(catalogue.put(other, input, peer.address, now).error().kind == ErrorKind::integrity);
  if (!put || !v2) return 0;

  STP_ASSERT(summary->name == (*metainfo)->name() && summary->bytes == (*metainfo)->total_bytes());
  STP_ASSERT(summary->files == (*metainfo)->files().size() && summary->private_flag == (*metainfo)->is_private());
  STP_ASSERT(content::check_component(summary->name).ok());
  const Result<SharePage> page = catalogue.search({summary->name, ShareOrder::seeds, 1}, now);
  STP_ASSERT(page.ok() && page->shares.size() == 1 && page->shares[0].name == summary->name);
  STP_ASSERT(*decode_share_page(encode_share_page(*page, "http://t.example/announce")) == *page);
  return 0;
}
