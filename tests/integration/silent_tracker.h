// SilentTracker: an HTTP tracker that answers N requests with "no peers" and leaves all later ones without an answer.
// It records the requests.
#pragma once

#include <condition_variable>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

namespace stp::integration {

class SilentTracker {
 public:
  /// Listens on a port of 127.0.0.1.
  explicit SilentTracker(int answers);
  ~SilentTracker();
  SilentTracker(const SilentTracker&) = delete;
  SilentTracker& operator=(const SilentTracker&) = delete;

  [[nodiscard]] std::string url() const;
  /// Waits until `count` requests have come in; false after patience().
  [[nodiscard]] bool wait_for_requests(int count);
  /// The request lines so far.
  [[nodiscard]] std::vector<std::string> requests();

 private:
  void serve();
  /// Reads what a connection has received; false if it is closed.
  bool handle(int connection, std::string& received);

  int listener_ = -1;
  int stop_ = -1;  // an eventfd
  unsigned short port_ = 0;
  std::mutex mutex_;
  std::condition_variable changed_;
  int answers_;
  int requests_ = 0;
  std::vector<std::string> lines_;
  std::thread thread_;
};

}  // namespace stp::integration
