#include "cli/hashing.h"

#include "cli/progress.h"

namespace stp::cli {

content::HashOptions Hashing::options() {
  started_ = Clock::now();
  content::HashOptions options;
  options.progress = [this](std::int64_t done, std::int64_t total) { show(done, total); };
  options.cancel = &signals_.cancelled();
  return options;
}

void Hashing::show(std::int64_t done, std::int64_t total) {
  const Clock::duration spent = Clock::now() - started_;
  Clock::rep due = next_.load(std::memory_order_relaxed);
  const Clock::rep after = (spent + console::Console::kDrawInterval).count();
  if (spent.count() < due || !next_.compare_exchange_strong(due, after, std::memory_order_relaxed)) return;
  const double seconds = std::chrono::duration<double>(spent).count();
  console_.progress(hashing_line(done, total, seconds > 0 ? static_cast<double>(done) / seconds : 0));
}

}  // namespace stp::cli
