// WebSeeds: which web seeds of the share are used now, and when those that failed are tried again.
//
// Beside the four owners that make up a Swarm (swarm.h): a web seed has everything, wants nothing, and is a peer to
// Download alone. It takes no seat and no slot, is named to nobody, and gets neither hello nor bitfield. For Download it
// joins with a handle of its own and leaves like any peer; each time it comes back the handle is new.
//
//   idle ──join_due()──▶ joined ──fail()──▶ waiting ──(its time)──▶ joined
//                          │ ban(), or failed for good ──▶ given up, for ever
//                          └ leave_all(): nothing is missing ──▶ idle
//
// A failure is followed by a pause of web_seeds.retry_first, doubled until data comes, up to retry_max; or as long as
// the server wishes, up to retry_after_max.
// Not thread-safe. Config, Outbox and Host must outlive it.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "content/web_seed.h"
#include "core/time.h"
#include "transfer/config.h"
#include "transfer/outbox.h"

namespace stp::transfer {

class WebSeeds {
 public:
  class Host {
   public:
    /// A handle for the web seed, which Download now knows as a peer.
    [[nodiscard]] virtual PeerHandle add_web_seed(const content::WebSeed& seed, Instant now) = 0;
    /// contains() is true from now on: it can be asked.
    virtual void web_seed_joined(PeerHandle peer, Instant now) = 0;
    /// contains() is no longer true: Download forgets it.
    virtual void web_seed_left(PeerHandle peer, const std::string& why, Instant now) = 0;

   protected:
    ~Host() = default;
  };

  WebSeeds(const SwarmConfig& config, Outbox& outbox, Host& host);

  /// Those join that are neither joined nor waiting. Call it while something is missing.
  void join_due(Instant now);
  /// Nothing is missing, or the swarm ends.
  void leave_all(const std::string& why, Instant now);
  /// No effect on one that has left.
  void fail(PeerHandle peer, const WebSeedFailure& failure, Instant now);
  /// It sent wrong data, perhaps before it left.
  void ban(PeerHandle peer, const std::string& why, Instant now);
  /// It sent something: it works.
  void note_data(PeerHandle peer);

  [[nodiscard]] bool contains(PeerHandle peer) const;
  /// Whether the handle is, or was, one of a web seed.
  [[nodiscard]] bool had(PeerHandle peer) const;
  [[nodiscard]] std::uint32_t joined() const;
  /// Those that failed and are tried again.
  [[nodiscard]] std::uint32_t waiting() const;
  /// "http://host: it answered 503, trying again in 20 s": of the one that is tried again first, or of one given up if
  /// there is no other; empty: nothing is wrong.
  [[nodiscard]] std::string trouble(Instant now) const;
  /// kNever: none is waiting.
  [[nodiscard]] Instant next_timeout() const;

 private:
  struct Source {
    content::WebSeed seed;
    std::optional<PeerHandle> peer;  // while it is joined
    std::vector<PeerHandle> before;  // its last handles
    Instant retry_at{};
    Duration pause{};    // before the next attempt but one; 0: it has worked
    std::string reason;  // why it failed; empty: it has not
    bool given_up = false;

    /// Whether the handle is, or was, one of its own.
    [[nodiscard]] bool had(PeerHandle handle) const;
  };

  void leave(Source& source, const std::string& why, Instant now);
  void give_up(Source& source, const std::string& why, bool banned, Instant now);

  const WebSeedConfig& policy_;
  Outbox& outbox_;
  Host& host_;
  std::vector<Source> sources_;
};

}  // namespace stp::transfer
