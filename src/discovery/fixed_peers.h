// FixedPeers: peers given by hand (`--peer`) or in the link (x.pe), as a PeerDiscovery.
//
// It hands out the whole list at start() and again at each search(), no more often than every kRepeatInterval, so a
// peer that comes back is found again.
#pragma once

#include <map>
#include <vector>

#include "discovery/peer_discovery.h"

namespace stp::discovery {

class FixedPeers final : public PeerDiscovery {
 public:
  static constexpr Duration kRepeatInterval = std::chrono::seconds(5);

  explicit FixedPeers(std::vector<Endpoint> endpoints);
  /// Adds one, e.g. when its host name has been resolved; it is handed out to every started key.
  void add(const Endpoint& endpoint);

  void start(const SwarmKey& key, const Announcement& self, Instant now) override;
  void search(const SwarmKey& key, Instant now) override;
  [[nodiscard]] Duration search_pause(const SwarmKey& /*key*/) const override {
    return endpoints_.empty() ? Duration::max() : Duration::zero();
  }
  void renew(const SwarmKey& key, Instant now) override;
  void stop(const SwarmKey& key, Instant now) override;
  [[nodiscard]] std::optional<FoundPeer> poll_peer(const SwarmKey& key) override;
  [[nodiscard]] std::optional<SwarmKey> poll_ready() override;
  void handle_timeout(Instant now) override;
  [[nodiscard]] std::optional<Instant> next_timeout() const override;
  [[nodiscard]] bool may_find(const SwarmKey& /*key*/) const override { return false; }  // these are no strangers
  [[nodiscard]] bool withdrawing() const override { return false; }
  [[nodiscard]] std::string status(const SwarmKey& key, Instant now) const override;

 private:
  struct Started {
    std::size_t next = 0;  // index of the next endpoint to hand out
    Instant last_round;
    bool repeat_wanted = false;
    std::size_t named = 0;  // poll_ready() has named it for the endpoints before this index
  };
  std::vector<Endpoint> endpoints_;
  std::map<SwarmKey, Started> started_;
};

}  // namespace stp::discovery
