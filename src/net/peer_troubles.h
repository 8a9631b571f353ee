// PeerTroubles: why there is no connection to any peer, combined from what went wrong with each.
//
// Peers with the same reason are counted together; the most frequent reasons are reported, among equal ones the newest.
// Bounded: reasons come from peers.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>

#include "core/endpoint.h"

namespace stp::net {

class PeerTroubles {
 public:
  static constexpr std::size_t kPeersMax = 256;
  static constexpr std::size_t kReasonBytesMax = 200;
  /// Different reasons in one text.
  static constexpr std::size_t kReasonsMax = 3;

  void add(const Endpoint& peer, const std::string& reason);
  /// A peer is connected: earlier troubles mean nothing now.
  void clear();
  /// "192.0.2.7:64500: connection refused", "3 peers: connection refused; 2 peers: no answer"; empty if there was no
  /// trouble.
  [[nodiscard]] std::string text() const;

 private:
  struct Trouble {
    std::string reason;
    std::uint64_t order = 0;  // of add() calls
  };
  std::map<Endpoint, Trouble> troubles_;
  std::uint64_t added_ = 0;
};

}  // namespace stp::net
