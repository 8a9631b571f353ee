#include "net/unproven_table.h"

namespace stp::net {

template <class Change>
void UnprovenTable::update(Holder& holder, Change change) {
  if (!holder.ids.empty()) order_.erase(&holder);
  change(holder.ids);
  if (holder.ids.empty()) {
    const IpAddress origin = holder.origin;
    holders_.erase(origin);
  } else {
    order_.insert(&holder);
  }
}

std::optional<UnprovenTable::Id> UnprovenTable::add(Id id, const IpAddress& address) {
  std::optional<Id> goes;
  if (size() >= max_) {
    goes = *(*order_.begin())->ids.begin();
    remove(*goes);
  }
  const IpAddress origin = address.origin();
  origins_.emplace(id, origin);
  Holder& holder = holders_.try_emplace(origin, Holder{origin, {}}).first->second;
  update(holder, [id](std::set<Id>& ids) { ids.insert(id); });
  return goes;
}

void UnprovenTable::remove(Id id) {
  const auto found = origins_.find(id);
  if (found == origins_.end()) return;
  update(holders_.at(found->second), [id](std::set<Id>& ids) { ids.erase(id); });
  origins_.erase(found);
}

}  // namespace stp::net
