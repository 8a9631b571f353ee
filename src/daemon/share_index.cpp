#include "daemon/share_index.h"

namespace stp::daemon {
namespace {

/// Each hash as the name of a share (InfoHashes::name()).
std::vector<InfoHash> single_names(const InfoHashes& hashes) {
  std::vector<InfoHash> names;
  if (hashes.v2) names.push_back(*hashes.v2);
  if (hashes.v1) names.push_back(name_of(*hashes.v1));
  return names;
}

}  // namespace

void ShareIndex::move(RecordId id, const std::optional<InfoHashes>& before, const std::optional<InfoHashes>& now) {
  if (before) {
    for (const InfoHash& name : single_names(*before)) entries_.erase({name, id});
  }
  if (now) {
    for (const InfoHash& name : single_names(*now)) entries_.emplace(name, id);
  }
}

std::vector<RecordId> ShareIndex::find(const InfoHashes& names) const {
  std::set<RecordId> found;
  for (const InfoHash& name : single_names(names)) {
    for (auto at = entries_.lower_bound({name, 0}); at != entries_.end() && at->first == name; ++at) {
      found.insert(at->second);
    }
  }
  return {found.begin(), found.end()};
}

}  // namespace stp::daemon
