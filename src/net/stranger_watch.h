// StrangerWatch: whether a host outside that we have sent nothing reaches our UDP port: proof that the router, if there
// is one, lets strangers in. A router that is closed lets in only hosts that were contacted first.
//
// Of the addresses that we have sent to, kKnownMax are remembered; after that nobody counts as a stranger any more. Local
// addresses prove nothing. Not thread-safe.
#pragma once

#include <cstddef>
#include <unordered_set>

#include "core/endpoint.h"

namespace stp::net {

class StrangerWatch {
 public:
  static constexpr std::size_t kKnownMax = 4096;

  void on_sent(const IpAddress& to) {
    if (known_.size() < kKnownMax) known_.insert(to);
  }
  void on_received(const IpAddress& from) {
    if (reached_ || known_.size() >= kKnownMax || from.is_local()) return;
    reached_ = !known_.contains(from);
  }
  [[nodiscard]] bool reached() const { return reached_; }

 private:
  std::unordered_set<IpAddress, EndpointHash> known_;
  bool reached_ = false;
};

}  // namespace stp::net
