// HeardPeers: who has announced which of our swarm keys on the local network.
//
// Announcements may be invented, so the table is bounded per key, per address and in total; what does not fit is not
// remembered until others are forgotten. A process is recognised by its cookie, on all its addresses; one
// without a cookie by its endpoint.
//
// Not thread-safe. The config must outlive it.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "core/endpoint.h"
#include "core/ids.h"
#include "core/time.h"
#include "lan/config.h"

namespace stp::lan {

class HeardPeers {
 public:
  explicit HeardPeers(const LanConfig& config) : config_(config) {}

  struct News {
    bool newcomer = false;  // a process of which we knew nothing, or that has moved: it may not have heard us
    bool report = false;    // the endpoint is new, or was last reported long ago
  };
  /// A process has announced `key` from `endpoint`. An IPv6 endpoint of a process that is known over IPv4 is not
  /// reported: dialling it twice is useless within one network.
  News hear(const SwarmKey& key, const Endpoint& endpoint, const std::string& cookie, Instant now);
  /// The endpoints of `key` that were last reported long ago; they count as reported.
  [[nodiscard]] std::vector<Endpoint> report_again(const SwarmKey& key, Instant now);
  /// Forgets all of `key`.
  void forget(const SwarmKey& key);
  /// Whether anybody has announced `key` since it was forgotten.
  [[nodiscard]] bool knows(const SwarmKey& key) const { return peers_.contains(key); }
  /// How many processes announce `key`, as far as is known.
  [[nodiscard]] std::size_t count(const SwarmKey& key, Instant now) const;

  void check_invariants() const;

 private:
  struct Peer {
    Endpoint endpoint;
    std::string cookie;
    Instant heard;
    Instant reported;
  };
  [[nodiscard]] bool is_current(const Peer& peer, Instant now) const { return now < peer.heard + config_.forget_after; }
  void forget_old(std::vector<Peer>& peers, Instant now);

  const LanConfig& config_;
  std::map<SwarmKey, std::vector<Peer>> peers_;
  std::size_t total_ = 0;
  Instant next_cleaning_;  // of all keys, at the earliest
};

}  // namespace stp::lan
