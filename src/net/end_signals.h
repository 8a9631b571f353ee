// The signals that end a program with a goodbye: Ctrl-C, a request to terminate, and the end of its terminal.
#pragma once

#include <boost/asio/signal_set.hpp>

namespace stp::net {

/// Adds SIGINT, SIGTERM and SIGHUP to `signals`. SIGHUP is left alone where it is ignored: `nohup` wants it so.
void add_end_signals(boost::asio::signal_set& signals);

}  // namespace stp::net
