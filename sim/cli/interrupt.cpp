#include "sim/cli/interrupt.h"

#include <signal.h>
#include <unistd.h>

#include <atomic>

#include "console/exit_code.h"

namespace stp::sim {
namespace {

std::atomic<bool> noted{false};
static_assert(std::atomic<bool>::is_always_lock_free, "a signal handler may only touch lock-free atomics");

extern "C" void note_interrupt(int) {
  if (noted.exchange(true)) ::_exit(static_cast<int>(console::ExitCode::interrupted));
}

}  // namespace

void note_interrupts() {
  struct sigaction action {};
  action.sa_handler = note_interrupt;
  ::sigemptyset(&action.sa_mask);
  ::sigaction(SIGINT, &action, nullptr);  // without SA_RESTART: whoever waits for runs looks up at once
  ::sigaction(SIGTERM, &action, nullptr);
}

bool interrupted() {
  return noted;
}

}  // namespace stp::sim
