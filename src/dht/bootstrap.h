// Getting into the network, and back into it: when to ask whom while the routing table is empty or nearly so.
//
// A round asks every bootstrap endpoint and some nodes known from earlier ("fallback": the saved state, and nodes that
// left the table during an outage). Rounds back off exponentially with jitter, so neither a dead bootstrap host nor a
// restarted crowd is flooded, and nothing spins while offline. They end when the table has k nodes; from then on one of
// the fallback nodes is asked now and then, since a network failure may have cut us off from more nodes than we know.
//
// It sends nothing; the node does. Not thread-safe.
#pragma once

#include <optional>
#include <string_view>
#include <vector>

#include "core/rng.h"
#include "core/time.h"
#include "dht/config.h"
#include "dht/contact.h"
#include "dht/limits.h"

namespace stp::dht {

/// Well-known entry points into the public DHT, for the command line to resolve and hand to Node::add_bootstrap().
/// Several independent ones, since every single host has been blocked or down somewhere. Nothing here contacts them.
inline constexpr std::array<std::string_view, 4> kMainlineBootstrapHosts = {
    "router.bittorrent.com:6881", "dht.transmissionbt.com:6881", "router.utorrent.com:6881",
    "dht.libtorrent.org:25401"};

/// Whether a bootstrap endpoint is usable, for display.
enum class Reachability : std::uint8_t {
  untried,  // not asked yet
  waiting,  // asked for the first time, no answer yet
  answers,  // answered when it was last asked
  silent    // did not answer when it was last asked
};

struct BootstrapStatus {
  Endpoint endpoint;
  Reachability reachability = Reachability::untried;
};

class Bootstrap {
 public:
  /// `config` and `rng` must outlive it.
  Bootstrap(const DhtConfig& config, Rng& rng, Instant now) : config_(config), rng_(rng), next_round_(now) {}

  /// Adds an entry point and brings the next round forward. False when it is already known, not dialable, or one too
  /// many.
  bool add(const Endpoint& endpoint, Instant now);
  /// Remembers a node that once answered.
  void add_fallback(const NodeContact& contact);
  [[nodiscard]] const std::vector<NodeContact>& fallback() const { return fallback_; }

  /// Reports the size of the table; call after anything that may have changed it.
  void set_table_size(std::size_t nodes, Instant now);

  /// The network may have changed: the next round, if one is wanted, is due now, and the back-off starts again.
  void restart(Instant now);

  /// Begins a round if one is due, and says whom to ask.
  [[nodiscard]] std::vector<Endpoint> begin_round(Instant now);
  [[nodiscard]] bool due(Instant now) const { return wanted() && now >= next_round_; }
  /// nullopt: no round is wanted.
  [[nodiscard]] std::optional<Instant> next_round() const;

  void on_answer(const Endpoint& endpoint);
  void on_silence(const Endpoint& endpoint);

  [[nodiscard]] const std::vector<BootstrapStatus>& status() const { return entries_; }

 private:
  enum class Table : std::uint8_t { empty, sparse, filled };
  [[nodiscard]] bool wanted() const;
  [[nodiscard]] Duration jittered(Duration pause);  // ± a quarter
  void set_reachability(const Endpoint& endpoint, Reachability reachability);

  const DhtConfig& config_;
  Rng& rng_;
  std::vector<BootstrapStatus> entries_;
  std::vector<NodeContact> fallback_;  // oldest first
  Table table_ = Table::empty;
  unsigned rounds_ = 0;  // since the table entered this state
  Instant next_round_;
};

}  // namespace stp::dht
