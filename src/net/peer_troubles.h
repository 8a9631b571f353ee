// PeerTroubles: why there is no connection to any peer, put together from what went wrong with each.
//
// The newest reason stands for all; peers that had the same one are counted. Bounded: reasons come from peers.
#pragma once

#include <cstddef>
#include <map>
#include <string>

#include "core/endpoint.h"

namespace stp::net {

class PeerTroubles {
 public:
  static constexpr std::size_t kPeersMax = 256;
  static constexpr std::size_t kReasonBytesMax = 200;

  void add(const Endpoint& peer, const std::string& reason);
  /// Somebody is connected: what was before tells nothing now.
  void clear();
  /// "192.0.2.7:64500: connection refused", or "3 peers: connection refused"; empty when there was no trouble.
  [[nodiscard]] std::string text() const;

 private:
  std::map<Endpoint, std::string> reasons_;
  Endpoint newest_;
};

}  // namespace stp::net
