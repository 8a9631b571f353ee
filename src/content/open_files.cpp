#include "content/open_files.h"

#include <sys/resource.h>

#include <algorithm>
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
  while (!opened && opened.error().kind == ErrorKind::busy && shrink()) opened = open();
  if (!opened) return opened.error();
  auto file = std::make_shared<const Fd>(std::move(*opened));
  const std::size_t kept_max = room();
  std::list<Entry> closing;  // closed after the lock is released
  const std::lock_guard lock(mutex_);
  // Another thread may have opened it meanwhile: its descriptor is just as good.
  if (const auto found = by_key_.find(key); found != by_key_.end()) return found->second->file;
  recent_.push_front({key, file});
  by_key_[key] = recent_.begin();
  while (recent_.size() > kept_max) {
    by_key_.erase(recent_.back().key);
    closing.splice(closing.begin(), recent_, std::prev(recent_.end()));
  }
  return file;
}

std::shared_ptr<const Fd> OpenFiles::find(std::size_t key) const {
  const std::lock_guard lock(mutex_);
  const auto found = by_key_.find(key);
  return found == by_key_.end() ? nullptr : found->second->file;
}

bool OpenFiles::shrink() {
  std::list<Entry> closing;
  const std::lock_guard lock(mutex_);
  for (std::size_t count = (recent_.size() + 1) / 2; count > 0; --count) {
    by_key_.erase(recent_.back().key);
    closing.splice(closing.begin(), recent_, std::prev(recent_.end()));
  }
  return !closing.empty();
}

std::size_t OpenFiles::room() const {
  ::rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur == RLIM_INFINITY) return open_max_;
  return std::min(open_max_, std::max(kOpenMin, static_cast<std::size_t>(limit.rlim_cur) / kShareOfLimit));
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
