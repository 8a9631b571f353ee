// One simulated machine: its permanent properties (place, link, NAT, which shares), and the production Participant on
// it while it is online, with a swarm for each share.
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

/// A share of a host. The participant knows it by its place in Host::shares.
struct HostShare {
  std::size_t share = 0;   // index into Scenario::shares
  bool seeds = false;      // has it from the start
  std::uint32_t turn = 0;  // of those that it wants: its place in their order
  std::size_t record = 0;  // in RunResult::shares; unused for a member of a group of one share

  // Of the current stay.
  transfer::Swarm* swarm = nullptr;  // in the participant; null: it is not there
  bool complete = false;             // the host has everything of it
  /// The swarm's connections by handle, ascending (handles are given out in that order).
  std::vector<std::pair<transfer::PeerHandle, std::uint32_t>> links{};

  // What is kept while the host is offline.
  Bitfield saved_chunks{};
};

struct Host {
  std::uint32_t number = 0;
  std::uint32_t group = kNoGroup;  // none: a bootstrap node or a tracker
  std::size_t attacked = 0;        // the share that a sybil attacks
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
  Instant armed = kNever;  // the earliest wake-up that is in the queue
  Instant leave_by = kNever;
  std::size_t record = 0;          // in the results
  std::optional<Duration> leaves;  // for a trace: when its first stay ends
  bool counts_as_open = false;     // a leech that the run waits for
  std::uint32_t events = 0;        // that it has had, in all stays

  /// What it has or wants, by scenario index, ascending; none: only a DHT node.
  std::vector<HostShare> shares;
  /// When its swarms are next notified which peers have sent part of a message.
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

  /// The entry for a share of the scenario; null if it neither has nor wants it.
  [[nodiscard]] HostShare* find(std::size_t scenario_share);
  [[nodiscard]] app::ShareId id_of(const HostShare& share) const {
    return app::ShareId{static_cast<std::uint32_t>(&share - shares.data())};
  }
  [[nodiscard]] bool is_peer() const { return online && !leaving && !shares.empty(); }
  /// Whether it has every share that it has or wants.
  [[nodiscard]] bool has_everything() const;
};

}  // namespace stp::sim
