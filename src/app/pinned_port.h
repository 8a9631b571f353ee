// PinnedPort: a part of the discovery that announces a port of its own, whatever the swarm announces elsewhere.
//
// A swarm has one port, the one under which the world reaches it. Behind a router that forwards another port to us, the
// local network reaches us at our own port all the same: its part is pinned to that. The part must outlive this.
#pragma once

#include <optional>
#include <string>

#include "discovery/peer_discovery.h"

namespace stp::app {

class PinnedPort final : public discovery::PeerDiscovery {
 public:
  explicit PinnedPort(discovery::PeerDiscovery& part) : part_(part) {}

  /// From now on, for start().
  void pin(Port port) { port_ = port; }

  void start(const SwarmKey& key, const discovery::Announcement& self, Instant now) override;
  void update(const SwarmKey& key, const discovery::Announcement& self) override;
  void search(const SwarmKey& key, Instant now) override { part_.search(key, now); }
  [[nodiscard]] Duration search_pause(const SwarmKey& key) const override { return part_.search_pause(key); }
  void renew(const SwarmKey& key, Instant now) override { part_.renew(key, now); }
  void stop(const SwarmKey& key, Instant now) override { part_.stop(key, now); }
  void keep_private(const SwarmKey& key, Instant now) override { part_.keep_private(key, now); }
  [[nodiscard]] std::optional<discovery::FoundPeer> poll_peer(const SwarmKey& key) override {
    return part_.poll_peer(key);
  }
  [[nodiscard]] std::optional<SwarmKey> poll_ready() override { return part_.poll_ready(); }
  void handle_timeout(Instant now) override { part_.handle_timeout(now); }
  [[nodiscard]] std::optional<Instant> next_timeout() const override { return part_.next_timeout(); }
  [[nodiscard]] bool may_find(const SwarmKey& key) const override { return part_.may_find(key); }
  [[nodiscard]] bool withdrawing() const override { return part_.withdrawing(); }
  [[nodiscard]] std::string status(const SwarmKey& key, Instant now) const override { return part_.status(key, now); }

 private:
  [[nodiscard]] discovery::Announcement pinned(discovery::Announcement self) const;

  discovery::PeerDiscovery& part_;
  std::optional<Port> port_;
};

}  // namespace stp::app
