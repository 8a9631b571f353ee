// CancelOnSignal: the end signals (net/end_signals.h) while the command line itself works (hashing, verifying). The
// network host has its own handling while it runs.
#pragma once

#include <signal.h>

#include <atomic>
#include <utility>
#include <vector>

namespace stp::cli {

/// While it lives the first signal sets cancelled(), the second ends the process with exit code 130. One at a time.
class CancelOnSignal {
 public:
  CancelOnSignal();
  ~CancelOnSignal();
  CancelOnSignal(const CancelOnSignal&) = delete;
  CancelOnSignal& operator=(const CancelOnSignal&) = delete;

  [[nodiscard]] const std::atomic<bool>& cancelled() const;

 private:
  std::vector<std::pair<int, struct sigaction>> before_;  // by signal
};

}  // namespace stp::cli
