// DhtDiscovery: the DHT as a PeerDiscovery, over a dht::Node that it shares with others.
//
// start() announces and searches at once; afterwards a key is announced again every announcing.interval ± a tenth.
// Sooner, after announcing.retry_min, twice that, … up to announcing.retry_max, while
//   - the announcement reached fewer nodes than usual (the network is tiny, young or gone), or
//   - we still need something and found nobody but ourselves.
// Between two announcements that reached enough nodes a search only looks, and begins with the nodes that were closest
// the last time: some 10 queries instead of 13 to 17 and 8 announcements. A peer that nobody can connect to can
// therefore search often. All keys together search at most every announcing.search_spacing, the one that waits longest
// first. A seed looks only for leeches (BEP 33 `noseed`). A lookup that ended before the node knew anybody (its entry
// points are still being resolved) is repeated as soon as it does. The intervals begin when a lookup ends, with jitter,
// so many keys, or many hosts restarted at once, spread out. search() asks for a lookup announcing.search_gap after the
// last one began. stop() forgets the key here and in our own store. BEP 5 has no goodbye: other nodes forget us in 30
// to 60 minutes; withdrawing() is always false.
//
// One object serves thousands of keys. All their lookups keep to announcing.pace: a key that is new is looked up before
// those whose turn it merely is, the newest first, but every second lookup is for the one that has waited longest. A
// lookup begins with the nodes that were closest to the nearest other key, if those were found a short while ago: with
// many keys most of the way is known. The cost of a call depends on the keys that are due, not on how many there are.
//
// Driving: it does not drive the node. The code that does calls handle_timeout() of both, and this object's
// next_timeout() and poll_peer() after each step of the node; results come from the node's queue for each lookup, never
// from Node::poll_event(). Lifetime: node and rng are borrowed and must outlive it. Not thread-safe.
#pragma once

#include <list>
#include <map>
#include <optional>
#include <set>
#include <utility>
#include <vector>

#include "core/due_queue.h"
#include "core/pace.h"
#include "core/rng.h"
#include "dht/node.h"
#include "discovery/peer_discovery.h"

namespace stp::dht {

class DhtDiscovery final : public discovery::PeerDiscovery {
 public:
  DhtDiscovery(Node& node, Rng& rng);
  ~DhtDiscovery() override;
  DhtDiscovery(const DhtDiscovery&) = delete;
  DhtDiscovery& operator=(const DhtDiscovery&) = delete;

  void start(const SwarmKey& key, const discovery::Announcement& self, Instant now) override;
  void search(const SwarmKey& key, Instant now) override;
  /// Until the keys that wait now have had their turn.
  [[nodiscard]] Duration search_pause(const SwarmKey& key) const override;
  void renew(const SwarmKey& key, Instant now) override;
  void stop(const SwarmKey& key, Instant now) override;
  void keep_private(const SwarmKey& key, Instant now) override;
  [[nodiscard]] std::optional<discovery::FoundPeer> poll_peer(const SwarmKey& key) override;
  [[nodiscard]] std::optional<SwarmKey> poll_ready() override;
  void handle_timeout(Instant now) override;
  [[nodiscard]] std::optional<Instant> next_timeout() const override;
  [[nodiscard]] bool withdrawing() const override { return false; }
  [[nodiscard]] std::string status(const SwarmKey& key, Instant now) const override;
  /// Whether peers of `key` may still be found here: it was announced, or nodes that can be asked have not been asked
  /// yet.
  [[nodiscard]] bool may_find(const SwarmKey& key) const override;

  void check_invariants() const;

 private:
  struct Key {
    discovery::Announcement self;
    std::optional<LookupId> lookup;
    std::list<Endpoint> found;
    Instant next_announce;             // with a whole lookup
    Instant next_search = kNever;      // the next lookup that may just look
    std::vector<NodeContact> closest;  // that answered the last lookup …
    Instant closest_at;                // … which ended then
    Instant last_started;
    std::uint64_t fresh = 0;       // its place in fresh_; 0: a lookup has begun
    bool announcing = false;       // the lookup that is under way announces
    bool waits_for_nodes = false;  // the last lookup knew nobody to ask: the next begins with the first node
    bool announce_again = false;   // what we announce changed since the last lookup began
    bool searched = false;         // a lookup that asked somebody has ended
    unsigned lonely_rounds = 0;    // lookups in a row that found nobody else
    unsigned thin_rounds = 0;      // lookups in a row that announced to few nodes
    std::size_t peers_last = 0;    // others found by the last lookup
    std::size_t peers_now = 0;     // others found by the running one
    std::size_t announced_last = 0;
    Instant in_whole = kNever;  // its place in whole_
    Instant in_looks = kNever;  // its place in looks_
  };
  /// Puts the key where its next lookup will be found, after anything about it has changed.
  void enqueue(const SwarmKey& key, Key& state);
  /// Begins the lookups whose turn it is.
  void begin_due(Instant now);
  /// The key whose whole lookup is due, and the key that may look; null: none.
  [[nodiscard]] const SwarmKey* next_whole(Instant now) const;
  [[nodiscard]] const SwarmKey* next_look(Instant now) const;
  void begin_lookup(const SwarmKey& key, Key& state, Instant now);
  /// The nodes that were closest to the nearest other key, if that was a short while ago.
  [[nodiscard]] std::vector<NodeContact> known_from_neighbour(const SwarmKey& key, Instant now) const;
  /// Whether the next lookup only has to look, and so waits for its turn.
  [[nodiscard]] bool only_looks(const Key& state) const;
  void cancel(Key& state, Instant now);
  void drain(const SwarmKey& key, Key& state);
  void on_done(Key& state, const LookupDone& done);
  [[nodiscard]] bool is_self(const Key& state, const Endpoint& peer) const;
  /// Ends everything under way for the key, and removes our announcement from our own store.
  void withdraw(const SwarmKey& key, Instant now);

  Node& node_;
  const DhtConfig& policy_;  // of the node
  Rng& rng_;
  std::map<SwarmKey, Key> keys_;
  std::map<std::uint64_t, SwarmKey> fresh_;  // no lookup has begun yet; in the order started
  DueQueue<SwarmKey> whole_;                 // by when a whole lookup is due
  DueQueue<SwarmKey> looks_;                 // by when one that only looks is due
  std::set<SwarmKey> without_nodes_;         // Key::waits_for_nodes
  std::map<LookupId, SwarmKey> running_;     // the lookups under way
  std::set<SwarmKey> ready_;                 // for poll_ready()
  std::set<SwarmKey> private_keys_;          // kept out of, until they are stopped
  std::uint64_t started_ = 0;                // keys, ever
  bool newest_first_ = true;                 // whose turn it is: a fresh key's or that of the one waiting longest
  Pace pace_;
  Instant paced_until_;  // no lookup begins before
  double cost_ = 32;     // datagrams of a lookup, from the latest ones that asked anybody
  Instant next_turn_;    // of a search
  Instant now_;          // of the latest call, for the destructor
};

}  // namespace stp::dht
