// PortMapper: keeps our port open at the router: makes the calls that portmap::PortMapping decides on.
//
// The libraries behind the calls block for seconds. Each call has a thread of its own, which is detached at the end, as
// in net/resolver.h; there are two at a time at most, and a handful in half an hour. Lives on the network thread.
#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <functional>
#include <memory>

#include "core/endpoint.h"
#include "core/rng.h"
#include "core/trace.h"
#include "portmap/port_mapping.h"

namespace stp::net {

class UpnpRouter;

class PortMapper {
 public:
  /// Asks at once whether anybody has to be asked. `listening`: where we accept connections, over IPv4 too. `changed`
  /// is called when the status is another one and decided(), never from inside the constructor or stop().
  PortMapper(boost::asio::io_context& io, const Endpoint& listening, trace::Tracer tracer, Rng& rng,
             std::function<void()> changed);
  ~PortMapper();
  PortMapper(const PortMapper&) = delete;
  PortMapper& operator=(const PortMapper&) = delete;

  /// Our addresses have changed, or the machine slept.
  void handle_network_change();
  /// Closes the port at the router. Give up when finished() takes too long.
  void stop();
  [[nodiscard]] bool finished() const { return mapping_.finished(); }
  [[nodiscard]] const portmap::RouterStatus& status() const { return mapping_.status(); }

 private:
  struct Mailbox;

  void look();
  void drain();
  void make(const portmap::Call& call);
  void arm_timer();
  void tell();

  const IpAddress listen_;
  portmap::PortMapping mapping_;
  std::function<void()> changed_;
  portmap::RouterStatus told_;
  std::shared_ptr<UpnpRouter> upnp_;
  std::shared_ptr<Mailbox> mailbox_;
  boost::asio::steady_timer timer_;
};

}  // namespace stp::net
