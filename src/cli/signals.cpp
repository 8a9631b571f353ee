#include "cli/signals.h"

#include <unistd.h>

#include "cli/exit_code.h"

namespace stp::cli {
namespace {

std::atomic<bool> cancel_requested{false};
static_assert(std::atomic<bool>::is_always_lock_free, "a signal handler may only touch lock-free atomics");

extern "C" void handle_signal(int) {
  if (cancel_requested.exchange(true)) ::_exit(static_cast<int>(ExitCode::interrupted));
}

}  // namespace

CancelOnSignal::CancelOnSignal() {
  cancel_requested = false;
  struct sigaction action {};
  action.sa_handler = handle_signal;
  action.sa_flags = SA_RESTART;
  ::sigemptyset(&action.sa_mask);
  ::sigaction(SIGINT, &action, &old_int_);
  ::sigaction(SIGTERM, &action, &old_term_);
  ::sigaction(SIGHUP, nullptr, &old_hup_);
  if (old_hup_.sa_handler != SIG_IGN) ::sigaction(SIGHUP, &action, nullptr);  // ignored: nohup wants it so
}

CancelOnSignal::~CancelOnSignal() {
  ::sigaction(SIGINT, &old_int_, nullptr);
  ::sigaction(SIGTERM, &old_term_, nullptr);
  ::sigaction(SIGHUP, &old_hup_, nullptr);
}

const std::atomic<bool>& CancelOnSignal::cancelled() const {
  return cancel_requested;
}

}  // namespace stp::cli
