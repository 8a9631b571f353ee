// Bulk transfer as fluid: flows that share access links max-min fairly, solved incrementally and exactly.
//
// A flow runs from one host's uplink to another's downlink and has a queue of items to carry, in order. While it has
// any it is active and gets the max-min fair rate (Bertsekas, Gallager §6.5.2): no flow can have more without taking
// from one that has no more than it. A link's `level` is what it grants a flow that wants more: the rate of a flow is
// the least of its two levels and its own bound. When a flow starts or stops, or a bound changes, levels are recomputed
// from there outwards, link by link, until nothing changes; the test's oracle solves the whole network at once.
//
// TCP's effects are kept simple: after idling, a flow starts with ten segments per round trip and doubles each round
// trip as long as that limits it (RFC 6928), and on a lossy path it stays below Mathis' bound (1997).
//
// All arithmetic is on integers (rates in 1/256 byte/s, work in rate × ns), so there is no rounding that compilers
// could do differently, and nothing drifts. Changes within one instant are solved together: call settle() before time
// advances.
//
// Invariants (check_invariants()):
//   1. no link carries more than its capacity, up to the tolerance;
//   2. an active flow below its own bound crosses a link that is full and on which nobody has more,
//      up to the tolerance.
// Not thread-safe.
#pragma once

#include <cstdint>
#include <limits>
#include <optional>
#include <queue>
#include <vector>

#include "core/time.h"
#include "sim/engine/pool.h"

namespace stp::sim {

/// 1/256 byte per second.
using Rate = std::int64_t;
inline constexpr Rate kRateUnit = 256;
inline constexpr Rate kRateUnlimited = std::int64_t{1'000'000'000'000} * kRateUnit;

/// `bytes` per second as a Rate, at most kRateUnlimited.
[[nodiscard]] Rate rate_of(double bytes);

class Fluid {
 public:
  using Link = std::uint32_t;
  using Flow = std::uint32_t;
  static constexpr std::int64_t kSegmentBytes = 1460;
  static constexpr std::int64_t kInitialWindow = 10 * kSegmentBytes;

  /// The sender has sent an item completely.
  struct Sent {
    Flow flow;
    std::uint64_t item;
  };

  Link add_link(Rate capacity);
  void set_capacity(Link link, Rate capacity);
  [[nodiscard]] Rate capacity(Link link) const { return links_[link].capacity; }
  /// Whether its flows use all of it.
  [[nodiscard]] bool saturated(Link link) const { return links_[link].level != kRateUnlimited; }

  /// `owner`: anything by which the caller identifies the flow.
  Flow open(Link from, Link to, Duration round_trip, Rate bound, std::uint64_t owner);
  void close(Flow flow, Instant now);
  [[nodiscard]] std::uint64_t owner(Flow flow) const { return flows_[flow].owner; }
  /// Queues an item of `bytes` > 0.
  void send(Flow flow, std::int64_t bytes, std::uint64_t item, Instant now);
  [[nodiscard]] bool idle(Flow flow) const { return flows_[flow].first == kNone; }
  /// Takes back the items that have not been sent completely; `drop` is called for each.
  template <class Drop>
  void clear(Flow flow, Instant now, Drop&& drop) {
    while (flows_[flow].first != kNone) drop(pop_item(flows_[flow]));
    deactivate(flow, now);
  }

  /// Updates the rates for the changes at `now`.
  void settle(Instant now);
  /// When the next thing happens by itself; kNever if nothing does. Settled.
  [[nodiscard]] Instant next_at() const;
  /// An item that has been sent by `now`; nullopt if there is none. Call until then, then settle().
  [[nodiscard]] std::optional<Sent> poll_sent(Instant now);

  [[nodiscard]] Rate rate(Flow flow) const { return flows_[flow].rate; }
  /// Levels computed so far: the cost of the incremental solver.
  [[nodiscard]] std::uint64_t levels_computed() const { return levels_computed_; }
  void check_invariants() const;

 private:
  static constexpr std::uint32_t kNone = std::numeric_limits<std::uint32_t>::max();
  enum Side : std::uint8_t { kUp = 0, kDown = 1 };
  /// rate × nanoseconds; a byte is kRateUnit × 10^9.
  __extension__ using Work = __int128;
  static constexpr Work kWorkPerByte = Work{kRateUnit} * 1'000'000'000;

  struct LinkState {
    Rate capacity = kRateUnlimited;
    Rate level = kRateUnlimited;
    Rate wanted = 0;  // sum of what its active flows could use
    bool dirty = false;
    std::vector<Flow> active;
  };
  struct FlowState {
    Link link[2] = {0, 0};
    std::uint32_t place[2] = {kNone, kNone};  // in LinkState::active; kNone: not active
    Rate wants[2] = {0, 0};                   // what it could use of each: the least of the other level and its bound
    Rate rate = 0;
    Rate bound = kRateUnlimited;   // of the path
    Rate window = kRateUnlimited;  // slow start: a bound that doubles
    Duration round_trip{};
    Work left = 0;  // of the first item, at `since`
    Instant since;
    Instant sent_at = kNever;
    Instant idle_since{};
    std::uint32_t first = kNone;  // items_
    std::uint32_t last = kNone;
    std::uint32_t heap_place = kNone;
    std::uint32_t generation = 0;
    bool touched = false;
    bool open = false;
    std::uint64_t owner = 0;
  };
  struct Item {
    std::int64_t bytes = 0;
    std::uint64_t item = 0;
    std::uint32_t next = kNone;
  };
  struct Growth {
    Instant at;
    Flow flow = 0;
    std::uint32_t generation = 0;
    bool operator>(const Growth& other) const { return at != other.at ? at > other.at : flow > other.flow; }
  };

  std::uint64_t pop_item(FlowState& flow);
  void activate(Flow flow, Instant now);
  void deactivate(Flow flow, Instant now);
  void set_wants(FlowState& flow, Side side, Rate wants);
  void bound_changed(Flow flow);
  void touch(Flow flow);
  void mark(Link link);
  void level_changed(Link link);
  [[nodiscard]] Rate compute_level(const LinkState& link);
  [[nodiscard]] static Rate own_bound(const FlowState& flow) {
    return flow.bound < flow.window ? flow.bound : flow.window;
  }
  void apply_rate(Flow flow, Instant now);
  void grow_windows(Instant now);

  // The heap of flows by sent_at, with each flow's place in it.
  [[nodiscard]] bool heap_before(Flow a, Flow b) const;
  void heap_update(Flow flow);
  void heap_remove(Flow flow);
  void heap_rise(std::size_t at);
  void heap_sink(std::size_t at);

  std::vector<LinkState> links_;
  std::vector<FlowState> flows_;
  std::vector<Flow> free_flows_;
  Pool<Item> items_;
  std::vector<Link> dirty_;
  std::vector<Flow> touched_;
  std::vector<Flow> heap_;
  std::priority_queue<Growth, std::vector<Growth>, std::greater<>> growths_;
  std::vector<Rate> scratch_;
  std::uint64_t levels_computed_ = 0;
};

}  // namespace stp::sim
