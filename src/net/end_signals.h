// The signals that end a program with a goodbye: Ctrl-C, a request to terminate, and the end of its terminal.
#pragma once

#include <boost/asio/signal_set.hpp>
#include <vector>

namespace stp::net {

/// SIGINT, SIGTERM and SIGHUP; not SIGHUP if it is ignored, as `nohup` makes it.
[[nodiscard]] std::vector<int> end_signals();

/// Adds them to `signals`.
void add_end_signals(boost::asio::signal_set& signals);

}  // namespace stp::net
