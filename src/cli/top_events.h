// TopEvents: the daemon's events (docs/api.md "Events"), taken from its stream by a thread and handed over when the command
// has time. What does not change costs nothing.
#pragma once

#include <atomic>
#include <filesystem>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include <nlohmann/json.hpp>

#include "content/posix_file.h"
#include "core/result.h"

namespace stp::cli {

class TopEvents {
 public:
  /// Listens at the daemon's socket until it is destroyed.
  explicit TopEvents(std::filesystem::path socket);
  ~TopEvents();
  TopEvents(const TopEvents&) = delete;
  TopEvents& operator=(const TopEvents&) = delete;

  struct Event {
    std::string name;
    nlohmann::json data;
  };
  /// Those that have come since the last call.
  [[nodiscard]] std::vector<Event> take();
  /// Why the stream has ended; none while it goes on.
  [[nodiscard]] std::optional<Error> ended() const;
  /// Readable when take() or ended() has something new.
  [[nodiscard]] int descriptor() const { return wake_.get(); }

 private:
  void listen(const std::filesystem::path& socket);
  void wake() const;

  content::Fd wake_;
  std::atomic<bool> stop_ = false;
  mutable std::mutex mutex_;
  std::vector<Event> events_;
  std::optional<Error> ended_;
  std::thread thread_;  // the last: it uses the others
};

}  // namespace stp::cli
