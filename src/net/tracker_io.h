// TrackerIo: the I/O of a participant's tracker clients: resolves their names, carries their announces over HTTP, HTTPS or
// UDP, and resolves peers that a reply names by host.
//
// An announce is sent from the address that we listen on, if that is one address, and only over the families that we
// listen on: what is published has to be where we can be reached. Lives on the network thread.
#pragma once

#include <array>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/udp.hpp>
#include <boost/asio/steady_timer.hpp>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "app/participant.h"
#include "core/rng.h"
#include "net/http_client.h"
#include "net/resolver.h"
#include "net/udp_socket.h"
#include "tracker/udp_client.h"

namespace stp::net {

[[nodiscard]] tracker::Family family_of(const IpAddress& address);

/// The families of the connections that a socket bound to `address` accepts.
[[nodiscard]] std::vector<tracker::Family> families_of(const IpAddress& address);

class TrackerIo {
 public:
  struct Parts {
    boost::asio::io_context& io;
    app::Participant& participant;
    Resolver& resolver;
    Rng& rng;
    IpAddress listen;  // where we accept connections
    std::string agent;
    std::function<void()> turn;  // something happened: drain the participant
  };
  explicit TrackerIo(Parts parts);

  /// Makes the announces and lookups that the trackers' clients request.
  void drain();
  /// Our own addresses changed: UDP trackers' state for the old ones is forgotten.
  void handle_network_change();

 private:
  struct Asked {
    app::TrackerId tracker;
    tracker::Request request;
  };

  void ask(app::TrackerId id, tracker::Request request);
  void ask_http(const Asked& asked, std::vector<Endpoint> servers);
  void ask_udp(const Asked& asked, const Endpoint& server);
  void look_up(app::TrackerId id, const tracker::Client::Lookup& lookup);
  void fail(const Asked& asked, const Error& error);
  void respond(app::TrackerId id, std::uint64_t request, const Result<http::Response>& response);
  /// Those of `found` that the request may be sent to, or why there are none.
  [[nodiscard]] Result<std::vector<Endpoint>> usable(const tracker::Request& request,
                                                     const std::vector<Endpoint>& found) const;
  [[nodiscard]] std::optional<IpAddress> source() const;
  void drain_udp();
  [[nodiscard]] Result<UdpSocket*> port_for(const Endpoint& server);

  Parts parts_;
  HttpClient http_;
  tracker::UdpClient udp_;
  std::array<std::unique_ptr<UdpSocket>, 2> ports_;  // for IPv4 and IPv6, opened when first needed
  boost::asio::steady_timer udp_timer_;
  std::map<std::uint64_t, Asked> asked_udp_;  // by the exchange's id
  std::uint64_t next_exchange_ = 1;
};

}  // namespace stp::net
