// quiet_thread(): a thread that no signal is delivered to.
#pragma once

#include <signal.h>

#include <thread>
#include <utility>

namespace stp {

/// Starts a thread that blocks the signals sent to the process, so that the thread which waits for them gets them:
/// the system picks any thread that does not block them, and ThreadSanitizer may lose one that comes as a thread begins
/// to wait on a condition (tests/tsan_signals.cpp). The new thread inherits the block, so it has it from its first
/// instruction on. A fault of the thread itself (SIGSEGV, SIGBUS and their kind) still ends the process.
/// Throws std::system_error like std::thread.
template <class Work>
[[nodiscard]] std::thread quiet_thread(Work&& work) {
  struct Mask {
    Mask() {
      sigset_t all{};
      ::sigfillset(&all);
      for (const int fault : {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT, SIGTRAP, SIGSYS}) ::sigdelset(&all, fault);
      ::pthread_sigmask(SIG_SETMASK, &all, &before);
    }
    ~Mask() { ::pthread_sigmask(SIG_SETMASK, &before, nullptr); }
    Mask(const Mask&) = delete;
    Mask& operator=(const Mask&) = delete;
    sigset_t before{};
  };
  const Mask mask;
  return std::thread(std::forward<Work>(work));
}

}  // namespace stp
