#include "net/file_watch.h"

#include <algorithm>
#include <utility>

#include "net/clock.h"

namespace stp::net {

FileWatch::FileWatch(boost::asio::io_context& io, TaskPool& pool, Settled settled)
    : settled_(std::move(settled)), timer_(io), tasks_(pool) {}

FileWatch::~FileWatch() {
  *cancel_ = true;
}

void FileWatch::watch(std::shared_ptr<content::Storage> storage, std::size_t file) {
  const auto before = pauses_.find(file);
  const Duration pause = before == pauses_.end() ? Duration::zero() : std::min(2 * before->second, kPauseMax);
  if (!files_.try_emplace(file, Watched{std::move(storage), pause, steady_now() + pause}).second) return;
  if (!checking_) arm();  // otherwise when the check is done
}

void FileWatch::arm() {
  if (files_.empty()) return;
  const auto first = std::ranges::min_element(files_, {}, [](const auto& entry) { return entry.second.due; });
  timer_.expires_at(to_steady(first->second.due));
  timer_.async_wait([this](const boost::system::error_code& error) {
    if (!error) look();
  });
}

void FileWatch::look() {
  const auto checks = std::make_shared<std::vector<Check>>();
  const Instant now = steady_now();
  for (const auto& [file, watched] : files_) {
    if (watched.due <= now) checks->push_back({watched.storage, file, Done{}});
  }
  checking_ = true;
  tasks_.run(
      [cancel = cancel_, checks] {
        for (Check& check : *checks) {
          if (*cancel) return;
          check.status = check.storage->recheck(check.file, *cancel);
        }
      },
      [this, checks] {
        checking_ = false;
        on_checked(*checks);
        arm();
      });
}

void FileWatch::on_checked(const std::vector<Check>& checks) {
  for (const Check& check : checks) {
    if (check.status || check.status.error().kind == ErrorKind::integrity) {
      pauses_[check.file] = std::max(files_.at(check.file).pause, kPauseFirst);
      files_.erase(check.file);
      settled_(check.file, check.status);
      continue;
    }
    Watched& watched = files_.at(check.file);
    watched.pause = std::clamp(2 * watched.pause, kPauseFirst, kPauseMax);
    watched.due = steady_now() + watched.pause;
  }
}

}  // namespace stp::net
