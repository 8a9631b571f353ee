#include "daemon/away_search.h"

#include <algorithm>
#include <filesystem>
#include <memory>
#include <system_error>
#include <utility>

namespace stp::daemon {

void AwaySearch::look(Instant now) {
  if (tasks_.pending() > 0) return;
  struct Away {
    RecordId id;
    std::vector<std::string> paths;
    bool there = false;
  };
  const auto all = std::make_shared<std::vector<Away>>();
  for (const RecordId id : watch_.take_due(now)) {
    if (std::optional<std::vector<std::string>> paths = owner_.missing_paths(id)) {
      all->push_back({id, *std::move(paths)});
    } else {
      watch_.remove(id);
    }
  }
  if (all->empty()) return;
  const auto work = [all] {
    const auto exists = [](const std::string& path) {
      std::error_code ignored;
      return std::filesystem::exists(path, ignored);
    };
    for (Away& each : *all) each.there = std::ranges::all_of(each.paths, exists);
  };
  tasks_.run(work, [this, all] {
    for (const Away& each : *all) {
      if (each.there) owner_.on_back(each.id);
    }
  });
}

}  // namespace stp::daemon
