#include "net/end_signals.h"

#include <signal.h>

namespace stp::net {

void add_end_signals(boost::asio::signal_set& signals) {
  boost::system::error_code ignored;
  signals.add(SIGINT, ignored);
  signals.add(SIGTERM, ignored);
  struct sigaction hang_up {};
  if (::sigaction(SIGHUP, nullptr, &hang_up) == 0 && hang_up.sa_handler == SIG_IGN) return;
  signals.add(SIGHUP, ignored);
}

}  // namespace stp::net
