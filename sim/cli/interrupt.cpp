#include "sim/cli/interrupt.h"

#include <signal.h>
#include <unistd.h>

#include <atomic>

#include "console/exit_code.h"
#include "console/interrupt_gate.h"

namespace stp::sim {
namespace {

std::atomic<bool> noted{false};
console::InterruptGate gate;
static_assert(std::atomic<bool>::is_always_lock_free, "a signal handler may only touch lock-free atomics");

extern "C" void note_interrupt(int) {
  if (gate.note() == console::InterruptGate::Kind::second) ::_exit(static_cast<int>(console::ExitCode::interrupted));
  noted = true;
}

}  // namespace

void note_interrupts() {
  struct sigaction action {};
  action.sa_handler = note_interrupt;
  ::sigemptyset(&action.sa_mask);
  ::sigaction(SIGINT, &action, nullptr);  // without SA_RESTART: code that waits for runs wakes up at once
  ::sigaction(SIGTERM, &action, nullptr);
}

bool interrupted() {
  return noted;
}

}  // namespace stp::sim
