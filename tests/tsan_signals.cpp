// Linked into `stp` when it is built with ThreadSanitizer, whose run time of LLVM 14 loses a signal that comes during a
// thread's first blocking call: the call and the signal's handler each make the table of the thread's pending signals, and
// the handler's is dropped (SigCtx() of its interceptors; later versions exchange the pointer atomically). The
// main thread, which gets the signals (core/quiet_thread.h), makes that call here, before it has handlers.
#include <poll.h>

namespace {

[[gnu::constructor]] void make_first_blocking_call() {
  (void)::poll(nullptr, 0, 0);
}

}  // namespace
