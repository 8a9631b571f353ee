#include "daemon/shared_paths.h"

#include <utility>

#include "core/result.h"

namespace stp::daemon {

void SharedPaths::put(Entry entry) {
  if (const auto found = by_path_.find(entry.path); found != by_path_.end()) erase(found);
  entry.number = ++latest_;
  bytes_ += entry.bytes;
  by_path_.emplace(entry.path, entry.number);
  entries_.emplace_hint(entries_.end(), entry.number, std::move(entry));
}

void SharedPaths::erase(const std::string& path, const InfoHash& info_hash) {
  const auto found = by_path_.find(path);
  if (found != by_path_.end() && entries_.at(found->second).info_hash == info_hash) erase(found);
}

void SharedPaths::erase(std::map<std::string, std::uint64_t>::iterator found) {
  const auto entry = entries_.find(found->second);
  bytes_ -= entry->second.bytes;
  entries_.erase(entry);
  by_path_.erase(found);
}

void SharedPaths::clear() {
  entries_.clear();
  by_path_.clear();
  bytes_ = 0;
}

const SharedPaths::Entry* SharedPaths::find(const std::string& path) const {
  const auto found = by_path_.find(path);
  return found == by_path_.end() ? nullptr : &entries_.at(found->second);
}

std::vector<const SharedPaths::Entry*> SharedPaths::after(std::uint64_t number, std::size_t count) const {
  std::vector<const Entry*> found;
  for (auto at = entries_.upper_bound(number); at != entries_.end() && found.size() < count; ++at) {
    found.push_back(&at->second);
  }
  return found;
}

void SharedPaths::check_invariants() const {
  std::int64_t bytes = 0;
  for (const auto& [number, entry] : entries_) {
    STP_ASSERT(entry.number == number && number <= latest_);
    STP_ASSERT(by_path_.at(entry.path) == number);
    bytes += entry.bytes;
  }
  STP_ASSERT(bytes == bytes_ && by_path_.size() == entries_.size());
}

}  // namespace stp::daemon
