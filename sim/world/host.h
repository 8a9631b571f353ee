// One simulated machine: its permanent properties (place, link, NAT), and the production Participant on it while it is
// online.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "app/participant.h"
#include "core/bitfield.h"
#include "core/rng.h"
#include "core/time.h"
#include "core/trace.h"
#include "sim/measure/run_result.h"
#include "sim/network/fluid.h"
#include "sim/network/latency.h"

namespace stp::sim {

inline constexpr std::uint32_t kNoGroup = ~0U;
inline constexpr std::uint32_t kNoLan = ~0U;

struct Host {
  std::uint32_t number = 0;
  std::uint32_t group = kNoGroup;  // none: a bootstrap node or a tracker
  std::size_t share = 0;
  Coordinates place;
  AccessLink link;
  Fluid::Link up = 0;
  Fluid::Link down = 0;
  bool behind_nat = false;
  std::uint32_t isp = 0;
  std::uint32_t lan = kNoLan;  // the local network that it is on
  std::uint8_t half = 0;       // of a split network
  Behaviour behaviour = Behaviour::honest;

  // The current stay.
  bool online = false;
  bool leaving = false;    // said goodbye, waits for its last packets to leave
  bool machine_on = true;  // a machine without a program refuses; one that is off does not answer
  std::uint32_t stay = 0;  // incremented, so that events for an earlier stay are recognised
  std::unique_ptr<Rng> rng;
  std::unique_ptr<trace::Sink> trace;  // none: no trace is written
  std::unique_ptr<app::Participant> participant;
  std::optional<app::ShareId> share_id;  // none: only a DHT node
  Instant armed = kNever;                // the earliest wake-up that is in the queue
  Instant leave_by = kNever;
  std::size_t record = 0;          // in the results
  std::optional<Duration> leaves;  // for a trace: when its first stay ends
  bool counts_as_open = false;     // a leech that the run waits for
  std::uint32_t drained = 0;       // events after which its invariants might have been checked

  /// The swarm's connections by handle, ascending (handles are given out in that order).
  std::vector<std::pair<transfer::PeerHandle, std::uint32_t>> links;
  /// When its swarm is next notified which peers have sent part of a message.
  Instant next_progress;
  /// Bytes of messages that the next block on this uplink pays for.
  std::int64_t debt_bytes = 0;
  /// The hosts that this host, behind a NAT, last sent a datagram, and when.
  std::map<std::uint32_t, Instant> mappings;
  NodeId node_id;
  /// Running lookups of the workload: the node's id and the index in the results.
  std::vector<std::pair<dht::LookupId, std::size_t>> lookups;
  std::optional<std::uint32_t> owned_key;
  std::optional<dht::LookupId> announcing;

  // What it keeps while it is offline.
  std::optional<Bytes> saved_node;
  Bitfield saved_chunks;

  [[nodiscard]] transfer::Swarm* swarm() { return share_id ? participant->swarm(*share_id) : nullptr; }
  [[nodiscard]] const transfer::Swarm* swarm() const {
    return share_id ? std::as_const(*participant).swarm(*share_id) : nullptr;
  }
  [[nodiscard]] bool is_peer() const { return online && !leaving && share_id.has_value(); }
};

}  // namespace stp::sim
