#include "cli/signals.h"

#include <unistd.h>

#include "cli/exit_code.h"
#include "net/end_signals.h"

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
  for (const int signal : net::end_signals()) {
    struct sigaction before {};
    if (::sigaction(signal, &action, &before) == 0) before_.emplace_back(signal, before);
  }
}

CancelOnSignal::~CancelOnSignal() {
  for (const auto& [signal, before] : before_) ::sigaction(signal, &before, nullptr);
}

const std::atomic<bool>& CancelOnSignal::cancelled() const {
  return cancel_requested;
}

}  // namespace stp::cli
