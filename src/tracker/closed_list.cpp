#include "tracker/closed_list.h"

#include <algorithm>
#include <optional>
#include <string>

#include "core/bytes.h"
#include "core/text.h"
#include "wire/link.h"

namespace stp::tracker {
namespace {

constexpr std::string_view kMagnet = "magnet:";

/// The swarms that the line names: a hybrid has two. Empty when it can't be read.
std::vector<SwarmKey> listed_swarms(std::string_view line) {
  if (line.starts_with(kMagnet)) {
    const Result<wire::Link> link = wire::Link::parse(line);
    return link ? link->info_hashes.swarm_keys() : std::vector<SwarmKey>();
  }
  const std::string_view word = line.substr(0, line.find_first_of(" \t#"));
  const std::optional<Bytes> hash = from_hex(word);
  if (!hash || (hash->size() != SwarmKey::kSize && hash->size() != InfoHash::kSize)) return {};
  return {*SwarmKey::from(ByteSpan(*hash).first(SwarmKey::kSize))};
}

}  // namespace

Result<ClosedList> ClosedList::parse(std::string_view text) {
  ClosedList list;
  for (std::size_t number = 1; !text.empty(); ++number) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    std::string_view line = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    if (line.ends_with('\r')) line.remove_suffix(1);
    line = trim_blanks(line);
    if (line.empty() || line.starts_with('#')) continue;
    const std::vector<SwarmKey> swarms = listed_swarms(line);
    if (swarms.empty()) {
      return Error{ErrorKind::malformed,
                   "line " + std::to_string(number) + " is not an info-hash (40 or 64 hex digits) or a magnet link"};
    }
    list.swarms_.insert(list.swarms_.end(), swarms.begin(), swarms.end());
  }
  std::sort(list.swarms_.begin(), list.swarms_.end());
  list.swarms_.erase(std::unique(list.swarms_.begin(), list.swarms_.end()), list.swarms_.end());
  return list;
}

bool ClosedList::contains(const SwarmKey& swarm) const {
  return std::binary_search(swarms_.begin(), swarms_.end(), swarm);
}

}  // namespace stp::tracker
