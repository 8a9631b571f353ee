#include "cli/signals.h"

#include <sys/eventfd.h>
#include <unistd.h>

#include <cerrno>
#include <cstdint>

#include "console/exit_code.h"
#include "console/interrupt_gate.h"
#include "net/end_signals.h"

namespace stp::cli {
namespace {

std::atomic<bool> cancel_requested{false};
std::atomic<int> cancel_event{-1};
console::InterruptGate gate;
static_assert(std::atomic<bool>::is_always_lock_free && std::atomic<int>::is_always_lock_free,
              "a signal handler may only touch lock-free atomics");

extern "C" void handle_signal(int) {
  const int before = errno;
  const console::InterruptGate::Kind kind = gate.note();
  if (kind == console::InterruptGate::Kind::second) ::_exit(static_cast<int>(console::ExitCode::interrupted));
  if (kind == console::InterruptGate::Kind::same) return;
  cancel_requested = true;
  const std::uint64_t one = 1;
  if (const int event = cancel_event; event >= 0) (void)!::write(event, &one, sizeof one);
  errno = before;
}

}  // namespace

CancelOnSignal::CancelOnSignal() : event_(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {
  cancel_event = event_.get();
  cancel_requested = false;
  gate.reset();
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
  cancel_event = -1;
}

const std::atomic<bool>& CancelOnSignal::cancelled() const {
  return cancel_requested;
}

}  // namespace stp::cli
