#include "net/end_signals.h"

#include <signal.h>

namespace stp::net {

std::vector<int> end_signals() {
  struct sigaction hang_up {};
  const bool ignored = ::sigaction(SIGHUP, nullptr, &hang_up) == 0 && hang_up.sa_handler == SIG_IGN;
  return ignored ? std::vector{SIGINT, SIGTERM} : std::vector{SIGINT, SIGTERM, SIGHUP};
}

void add_end_signals(boost::asio::signal_set& signals) {
  boost::system::error_code ignored;
  for (const int signal : end_signals()) signals.add(signal, ignored);
}

}  // namespace stp::net
