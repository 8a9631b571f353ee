// PeerDiscovery: anything that turns a swarm key into peer addresses.
//
// The DHT, the tracker client, a fixed list and whatever comes later implement this one class; CompositeDiscovery runs
// several of them. The transfer layer knows only this interface and no implementation; the simulator uses the same
// implementations.
//
// Like every core it owns no socket, thread or clock. What an implementation wants to send leaves through its own seam
// (dht::Node::poll_transmit, tracker::Client::poll_request), driven by the code that composes it.
//
// Contract, for every implementation:
//   1. start() makes it announce `key` with `self` and look for peers, now and periodically until stop(); starting a
//      key again updates what is announced.
//   2. Found peers come out of poll_peer() in the order found, each endpoint at most once per search round; our own
//      endpoint may be among them.
//   3. search() asks for more peers soon; it is a hint and may be merged, delayed or ignored to reduce load on others.
//   4. renew() says that our addresses have changed: we announce and look for peers again at once, regardless of
//      earlier failures and of answers still awaited. The caller limits how often.
//   5. stop() withdraws the announcement if the protocol can; after it poll_peer(key) gives nothing. Withdrawing may
//      take a while: withdrawing() is true until the last goodbye is out.
//   6. status() is one line that a person can act on, as of `now`; empty for a key that it keeps out of.
//   7. After keep_private() an implementation that asks strangers (DHT, local network) keeps out of the key: what is
//      under way for it ends, and start(), search() and renew() do nothing until stop(). One named for the share
//      (trackers, given peers) continues as before.
// Not thread-safe.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "core/endpoint.h"
#include "core/ids.h"
#include "core/key_set.h"
#include "core/time.h"

namespace stp::discovery {

/// What we tell others about ourselves. Bytes are int64, as everywhere.
struct Announcement {
  Port port = 0;              // where we accept connections
  std::int64_t uploaded = 0;  // payload bytes this session
  std::int64_t downloaded = 0;
  std::int64_t left = 0;   // payload bytes of the whole share that we lack, not 0 while that is unknown; 0: a seed
  bool completed = false;  // a download of the whole share has finished in this session, not in an earlier one
  bool paused = false;     // BEP 21: a partial seed, which has what it wants and lacks the rest
  Port port_v6 = 0;        // where we accept connections over IPv6, if that is another port; 0: it is the same
  /// The port for peers that reach us by addresses of this family.
  [[nodiscard]] Port port_for(bool v6) const { return v6 && port_v6 != 0 ? port_v6 : port; }
  [[nodiscard]] bool is_seed() const { return left == 0; }
};

enum class Source : std::uint8_t { dht, tracker, lan, given, exchange, met };  // met: it connected to us
/// "dht", "tracker", ...
[[nodiscard]] const char* to_string(Source source);
/// Whether peers of a private torrent may come from there (BEP 27): its trackers, and peers given by hand.
[[nodiscard]] constexpr bool may_serve_private(Source source) {
  return source == Source::tracker || source == Source::given;
}

struct FoundPeer {
  Endpoint endpoint;
  Source source = Source::given;
  KeySet keys = {};  // of its share, under which it was found; implementations, which know single keys, leave it empty
};

class PeerDiscovery {
 public:
  /// In status(): what failed comes before it, and when it is tried again after it.
  static constexpr const char* kNextTry = ", next try in ";

  virtual ~PeerDiscovery() = default;

  /// Announces `key` and searches, until stop(). `self` replaces what was announced before.
  virtual void start(const SwarmKey& key, const Announcement& self, Instant now) = 0;
  /// The figures of a started key have changed: the next announcement uses `self`. This announces nothing by itself. To
  /// be called now and then, and before stop(), whose goodbye also includes them.
  virtual void update(const SwarmKey& /*key*/, const Announcement& /*self*/) {}
  /// Asks for more peers of a started key.
  virtual void search(const SwarmKey& key, Instant now) = 0;
  /// How long a swarm without peers may wait before it asks again with search(): an implementation that serves many keys
  /// looks for each of them in turn, and asking sooner changes nothing. Duration::max(): searching finds nobody here.
  [[nodiscard]] virtual Duration search_pause(const SwarmKey& /*key*/) const { return Duration::zero(); }
  /// Announces a started key again because our addresses have changed.
  virtual void renew(const SwarmKey& key, Instant now) = 0;
  /// Withdraws the announcement and forgets the key.
  virtual void stop(const SwarmKey& key, Instant now) = 0;
  /// `key`, started or not, has turned out to be a private torrent (BEP 27): see rule 7.
  virtual void keep_private(const SwarmKey& /*key*/, Instant /*now*/) {}

  /// The next peer found for `key`; nullopt when there is none for now.
  [[nodiscard]] virtual std::optional<FoundPeer> poll_peer(const SwarmKey& key) = 0;
  /// A started key for which poll_peer() may have something since it was last named here; nullopt: none. For the code
  /// that drives this implementation, which may serve thousands of keys.
  [[nodiscard]] virtual std::optional<SwarmKey> poll_ready() = 0;

  virtual void handle_timeout(Instant now) = 0;
  /// When handle_timeout() wants to be called; nullopt: not until something else happens.
  [[nodiscard]] virtual std::optional<Instant> next_timeout() const = 0;

  /// Whether strangers may still be found for `key`: an announce was accepted, or has not been refused so far.
  [[nodiscard]] virtual bool may_find(const SwarmKey& key) const = 0;
  /// True while a goodbye of stop() has not left yet.
  [[nodiscard]] virtual bool withdrawing() const = 0;
  /// E.g. "dht: 0 nodes, bootstrap 192.0.2.1:64500 does not answer"; empty when there is nothing to report.
  [[nodiscard]] virtual std::string status(const SwarmKey& key, Instant now) const = 0;
};

}  // namespace stp::discovery
