// PeerDiscovery: anything that turns a swarm key into peer addresses.
//
// The DHT, the tracker client, a fixed list and whatever comes later implement this one class; CompositeDiscovery runs
// several of them. The transfer layer knows this interface and no implementation; the simulator uses the same ones.
//
// Like every core it owns no socket, thread or clock. What an implementation wants sent leaves through a seam of its
// own (dht::Node::poll_transmit, tracker::Client::poll_request); whoever composes it drives that.
//
// Contract, for every implementation:
//   1. start() makes it announce `key` with `self` and look for peers, now and periodically until stop(); starting a
//      key again updates what is announced.
//   2. Found peers come out of poll_peer() in the order found, each endpoint at most once per search round; our own
//      endpoint may be among them.
//   3. search() asks for more peers soon; it is a wish and may be merged, delayed or ignored to spare others.
//   4. renew() says that we are somewhere else now: the announcement is made again and peers are looked for, at once,
//      without regard to earlier failures and to answers still awaited. Whoever calls it bounds how often.
//   5. stop() withdraws the announcement where the protocol can; after it poll_peer(key) gives nothing. Withdrawing may
//      take a while: withdrawing() is true until the last goodbye is out.
//   6. status() is one line that a person can act on, as of the time it is given; empty for a key that it keeps out of.
//   7. After keep_private() an implementation that asks strangers (DHT, local network) keeps out of the key: what is
//      under way for it ends, and start(), search() and renew() do nothing until stop(). One that was named for the
//      share (trackers, given peers) goes on as before.
// Not thread-safe.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "core/endpoint.h"
#include "core/ids.h"
#include "core/time.h"

namespace stp::discovery {

/// What we tell others of ourselves. Bytes are int64, as everywhere.
struct Announcement {
  Port port = 0;              // where we accept connections
  std::int64_t uploaded = 0;  // payload bytes this session
  std::int64_t downloaded = 0;
  std::int64_t left = 0;   // payload bytes of the whole share that we lack, not 0 while that is not known; 0: a seed
  bool completed = false;  // a download of the whole share has ended in this session, not one before
  bool paused = false;     // BEP 21: a partial seed, which has what it wants and lacks the rest
  [[nodiscard]] bool is_seed() const { return left == 0; }
};

enum class Source : std::uint8_t { dht, tracker, lan, given, exchange, met };  // met: it connected to us
/// "dht", "tracker", ...
[[nodiscard]] const char* to_string(Source source);
/// Whether peers of a private torrent may come from there (BEP 27): its trackers, and what a person named.
[[nodiscard]] constexpr bool may_serve_private(Source source) {
  return source == Source::tracker || source == Source::given;
}

struct FoundPeer {
  Endpoint endpoint;
  Source source = Source::given;
};

class PeerDiscovery {
 public:
  virtual ~PeerDiscovery() = default;

  /// Announces `key` and searches, until stop(). `self` replaces what was announced before.
  virtual void start(const SwarmKey& key, const Announcement& self, Instant now) = 0;
  /// The figures of a started key have moved on: what is announced next says `self`. Nothing is announced because of
  /// it. To be called now and then and before stop(), whose goodbye says them too.
  virtual void update(const SwarmKey& /*key*/, const Announcement& /*self*/) {}
  /// Asks for more peers of a started key.
  virtual void search(const SwarmKey& key, Instant now) = 0;
  /// Announces a started key again, as our addresses have changed.
  virtual void renew(const SwarmKey& key, Instant now) = 0;
  /// Withdraws the announcement and forgets the key.
  virtual void stop(const SwarmKey& key, Instant now) = 0;
  /// `key`, started or not, is found to be a private torrent (BEP 27): see rule 7.
  virtual void keep_private(const SwarmKey& /*key*/, Instant /*now*/) {}

  /// The next peer found for `key`; nullopt when there is none for now.
  [[nodiscard]] virtual std::optional<FoundPeer> poll_peer(const SwarmKey& key) = 0;

  virtual void handle_timeout(Instant now) = 0;
  /// When handle_timeout() wants to be called; nullopt: not before something else happens.
  [[nodiscard]] virtual std::optional<Instant> next_timeout() const = 0;

  /// True while a search is under way that may still bring peers for `key`.
  [[nodiscard]] virtual bool searching(const SwarmKey& key) const = 0;
  /// True while a goodbye of stop() has not left yet.
  [[nodiscard]] virtual bool withdrawing() const = 0;
  /// E.g. "dht: 0 nodes, bootstrap 192.0.2.1:64500 does not answer"; empty when there is nothing to tell.
  [[nodiscard]] virtual std::string status(const SwarmKey& key, Instant now) const = 0;
};

}  // namespace stp::discovery
