// CancelOnSignal: the end signals (net/end_signals.h) while the command itself works (hashing, verifying). The
// network host has its own handling while it runs.
#pragma once

#include <signal.h>

#include <atomic>
#include <utility>
#include <vector>

#include "content/posix_file.h"

namespace stp::cli {

/// While it exists, the first signal sets cancelled() and makes descriptor() readable; the second ends the process with
/// exit code 130. Only one may exist at a time.
class CancelOnSignal {
 public:
  CancelOnSignal();
  ~CancelOnSignal();
  CancelOnSignal(const CancelOnSignal&) = delete;
  CancelOnSignal& operator=(const CancelOnSignal&) = delete;

  [[nodiscard]] const std::atomic<bool>& cancelled() const;
  /// For poll() by code that waits for bytes: readable once cancelled() is set. -1 if the system has no descriptor
  /// left.
  [[nodiscard]] int descriptor() const { return event_.get(); }

 private:
  content::Fd event_;
  std::vector<std::pair<int, struct sigaction>> before_;  // by signal
};

}  // namespace stp::cli
