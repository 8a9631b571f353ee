// CompositeDiscovery: several discoveries as one. Peers come from the parts in turn, so a talkative one does not drown
// out the others.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "discovery/peer_discovery.h"

namespace stp::discovery {

class CompositeDiscovery final : public PeerDiscovery {
 public:
  /// The parts are borrowed and must outlive the composite. There may be no parts: then nothing is ever found.
  explicit CompositeDiscovery(std::vector<PeerDiscovery*> parts);

  void start(const SwarmKey& key, const Announcement& self, Instant now) override;
  void update(const SwarmKey& key, const Announcement& self) override;
  void search(const SwarmKey& key, Instant now) override;
  /// That of the quickest part.
  [[nodiscard]] Duration search_pause(const SwarmKey& key) const override;
  void renew(const SwarmKey& key, Instant now) override;
  void stop(const SwarmKey& key, Instant now) override;
  void keep_private(const SwarmKey& key, Instant now) override;
  [[nodiscard]] std::optional<FoundPeer> poll_peer(const SwarmKey& key) override;
  /// Not to be called for parts that others share: their owner drives them, and asks them.
  [[nodiscard]] std::optional<SwarmKey> poll_ready() override;
  void handle_timeout(Instant now) override;
  [[nodiscard]] std::optional<Instant> next_timeout() const override;
  [[nodiscard]] bool may_find(const SwarmKey& key) const override;
  [[nodiscard]] bool withdrawing() const override;
  /// The parts' lines, joined by "; ".
  [[nodiscard]] std::string status(const SwarmKey& key, Instant now) const override;
  /// The same for a share with several keys: what a part reports about each of them, once if it is the same.
  [[nodiscard]] std::string status(std::span<const SwarmKey> keys, Instant now) const;

 private:
  std::vector<PeerDiscovery*> parts_;
  std::size_t turn_ = 0;
};

}  // namespace stp::discovery
