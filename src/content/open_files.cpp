#include "content/open_files.h"

#include <iterator>
#include <utility>

namespace stp::content {

Result<std::shared_ptr<const Fd>> OpenFiles::get(std::size_t key, const std::function<Result<Fd>()>& open) {
  {
    const std::lock_guard lock(mutex_);
    if (const auto found = by_key_.find(key); found != by_key_.end()) {
      recent_.splice(recent_.begin(), recent_, found->second);
      return found->second->file;
    }
  }
  Result<Fd> opened = open();
  if (!opened) return opened.error();
  auto file = std::make_shared<const Fd>(std::move(*opened));
  std::list<Entry> closing;  // closed after the lock is released
  const std::lock_guard lock(mutex_);
  // Another thread may have opened it meanwhile: its descriptor is as good.
  if (const auto found = by_key_.find(key); found != by_key_.end()) return found->second->file;
  recent_.push_front({key, file});
  by_key_[key] = recent_.begin();
  if (recent_.size() > open_max_) {
    by_key_.erase(recent_.back().key);
    closing.splice(closing.begin(), recent_, std::prev(recent_.end()));
  }
  return file;
}

void OpenFiles::drop(std::size_t key) {
  const std::lock_guard lock(mutex_);
  const auto found = by_key_.find(key);
  if (found == by_key_.end()) return;
  recent_.erase(found->second);
  by_key_.erase(found);
}

void OpenFiles::clear() {
  const std::lock_guard lock(mutex_);
  by_key_.clear();
  recent_.clear();
}

std::size_t OpenFiles::size() const {
  const std::lock_guard lock(mutex_);
  return recent_.size();
}

}  // namespace stp::content
