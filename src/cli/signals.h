// CancelOnSignal: SIGINT, SIGTERM and SIGHUP while the command line itself works (hashing, verifying). The network host
// has its own handling while it runs.
#pragma once

#include <signal.h>

#include <atomic>

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
  struct sigaction old_int_ {};
  struct sigaction old_term_ {};
  struct sigaction old_hup_ {};
};

}  // namespace stp::cli
