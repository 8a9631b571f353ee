// NetworkWatch: reports when this machine's addresses have changed, or when it has slept.
//
//   netlink says that something changed ──▶ the addresses are read (getifaddrs) ──▶ app::AddressWatch decides
//
// Messages from netlink are not decoded: each is a reason to look, once per kReadGap. Where it may not be opened (a
// sandbox), the addresses are read every kPollInterval instead, and where they can't be read either, no change is ever
// reported. Addresses of interfaces that are down count as gone.
//
// Lives on the network thread. The io_context must outlive it.
#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/steady_timer.hpp>
#include <functional>
#include <optional>
#include <set>
#include <vector>

#include "app/address_watch.h"
#include "app/pause_watch.h"
#include "net/own_addresses.h"

namespace stp::net {

/// This machine's addresses; nullopt if they can't be read.
[[nodiscard]] std::optional<std::set<IpAddress>> machine_addresses();

/// Of `all`, those that others may reach: on an interface that runs (its cable is in), or that `before` had. So an
/// address is new when the cable comes in, and a cable that is out for a moment ends no connection.
[[nodiscard]] std::set<IpAddress> addresses_in_use(const std::vector<InterfaceAddress>& all,
                                                   const std::set<IpAddress>& before);

class NetworkWatch {
 public:
  static constexpr Duration kReadGap = std::chrono::milliseconds(100);
  static constexpr Duration kPollInterval = std::chrono::seconds(5);

  using Changed = std::function<void(const app::AddressChange&)>;

  /// Reports changes from now on.
  NetworkWatch(boost::asio::io_context& io, Changed changed);
  /// Call it before timers and input are handled, at least every few seconds. Returns how long the machine slept, or
  /// this process was stopped, if it was since the last call.
  [[nodiscard]] std::optional<Duration> look_for_pause();

 private:
  void wait();
  void read_soon(Duration delay);
  void read();
  void report();

  boost::asio::posix::stream_descriptor netlink_;
  boost::asio::steady_timer read_timer_;
  boost::asio::steady_timer report_timer_;
  Changed changed_;
  std::set<IpAddress> in_use_;                  // as last read
  std::optional<app::AddressWatch> addresses_;  // none: they can't be read
  app::PauseWatch pauses_;
  bool read_waits_ = false;
};

}  // namespace stp::net
