// UpnpRouter: a UPnP Internet gateway (WANIPConnection or WANPPPConnection), through libminiupnpc.
//
// Anybody on the network may answer a search and name any URL. So a device counts only if the host of its description,
// and that of its control URL, is the same literal address of a local network, not this machine's: nothing outside is
// contacted. For that reason UPNP_GetValidIGD() is not used: it sends requests to the URLs before we can check them. The
// library's replies have no limit of their own in size, but every step has a timeout, and PortMapping gives up a call that
// takes longer.
//
// Thread-safe; make() blocks for seconds.
#pragma once

#include <memory>
#include <mutex>
#include <string>

#include "core/endpoint.h"
#include "portmap/router_call.h"

namespace stp::net {

class UpnpRouter {
 public:
  /// How long devices may take to answer a search; they answer at random within it.
  static constexpr int kSearchMilliseconds = 1000;
  static constexpr std::size_t kDevicesMax = 8;  // looked at per search

  /// `listen`: where we accept connections; a router to which we have another address counts as not there.
  explicit UpnpRouter(const IpAddress& listen) : listen_(listen) {}

  /// Makes the call. The router that was found last is used as long as it answers.
  [[nodiscard]] portmap::Answer make(const portmap::Call& call);

  /// Whether a device on the network may have its description, or be controlled, at this URL: http, and the literal
  /// address of another machine in a local network.
  [[nodiscard]] static bool is_local_url(const std::string& url);

 private:
  struct Device {
    std::string control_url;
    std::string service;
    std::string own_address;  // ours, as seen from it
  };

  [[nodiscard]] portmap::Answer find();
  [[nodiscard]] std::shared_ptr<const Device> device() const;

  const IpAddress listen_;
  mutable std::mutex mutex_;
  std::shared_ptr<const Device> device_;  // under mutex_
};

}  // namespace stp::net
