#include "sim/network/fluid.h"

#include <algorithm>

#include "core/result.h"

namespace stp::sim {
namespace {

/// How much of a link the remainders of divisions may leave unused, for check_invariants().
constexpr Rate tolerance(Rate level) {
  return std::max<Rate>(16, level >> 20);
}

__extension__ using Wide = __int128;

/// `now` + work / rate, rounded up; kNever if that is beyond the end of time.
Instant done_at(Instant now, Wide work, Rate rate) {
  const Wide wait = (work + rate - 1) / rate;
  return wait < (kNever - now).count() ? now + Duration(static_cast<std::int64_t>(wait)) : kNever;
}

}  // namespace

Rate rate_of(double bytes) {
  const double rate = bytes * static_cast<double>(kRateUnit);
  if (!(rate > 0)) return 0;
  return rate >= static_cast<double>(kRateUnlimited) ? kRateUnlimited : static_cast<Rate>(rate);
}

Fluid::Link Fluid::add_link(Rate capacity) {
  LinkState link;
  link.capacity = capacity;
  links_.push_back(std::move(link));
  return static_cast<Link>(links_.size() - 1);
}

void Fluid::set_capacity(Link link, Rate capacity) {
  links_[link].capacity = capacity;
  mark(link);
}

Fluid::Flow Fluid::open(Link from, Link to, Duration round_trip, Rate bound, std::uint64_t owner) {
  Flow id = 0;
  if (free_flows_.empty()) {
    id = static_cast<Flow>(flows_.size());
    flows_.emplace_back();
  } else {
    id = free_flows_.back();
    free_flows_.pop_back();
  }
  FlowState& flow = flows_[id];
  const std::uint32_t generation = flow.generation + 1;
  flow = FlowState{};
  flow.generation = generation;
  flow.link[kUp] = from;
  flow.link[kDown] = to;
  flow.round_trip = std::max<Duration>(round_trip, std::chrono::microseconds(100));
  flow.bound = std::max<Rate>(bound, kRateUnit);
  flow.owner = owner;
  flow.open = true;
  return id;
}

void Fluid::close(Flow id, Instant now) {
  clear(id, now, [](std::uint64_t) {});
  flows_[id].open = false;
  ++flows_[id].generation;
  free_flows_.push_back(id);
}

void Fluid::send(Flow id, std::int64_t bytes, std::uint64_t item, Instant now) {
  FlowState& flow = flows_[id];
  STP_ASSERT(flow.open && bytes > 0);
  const std::uint32_t slot = items_.put({bytes, item, kNone});
  if (flow.last == kNone) {
    flow.first = flow.last = slot;
    flow.left = Work{bytes} * kWorkPerByte;
    flow.since = now;
    activate(id, now);
  } else {
    items_[flow.last].next = slot;
    flow.last = slot;
  }
}

std::uint64_t Fluid::pop_item(FlowState& flow) {
  const std::uint32_t slot = flow.first;
  const Item item = items_[slot];
  items_.drop(slot);
  flow.first = item.next;
  if (flow.first == kNone) flow.last = kNone;
  return item.item;
}

void Fluid::activate(Flow id, Instant now) {
  FlowState& flow = flows_[id];
  if (flow.place[kUp] != kNone) return;
  // RFC 6298: a connection that was idle longer than a retransmission timeout starts again.
  const Duration timeout = std::max<Duration>(std::chrono::seconds(1), 2 * flow.round_trip);
  if (flow.idle_since == Instant{} || now - flow.idle_since > timeout) {
    flow.window = static_cast<Rate>(Work{kInitialWindow} * kWorkPerByte / flow.round_trip.count());
    growths_.push({now + flow.round_trip, id, flow.generation});
  }
  for (const Side side : {kUp, kDown}) {
    LinkState& link = links_[flow.link[side]];
    flow.place[side] = static_cast<std::uint32_t>(link.active.size());
    link.active.push_back(id);
    flow.wants[side] = 0;
    mark(flow.link[side]);
  }
  for (const Side side : {kUp, kDown}) {
    set_wants(flow, side, std::min(links_[flow.link[1 - side]].level, own_bound(flow)));
  }
  touch(id);
}

void Fluid::deactivate(Flow id, Instant now) {
  FlowState& flow = flows_[id];
  if (flow.place[kUp] == kNone) return;
  for (const Side side : {kUp, kDown}) {
    set_wants(flow, side, 0);
    LinkState& link = links_[flow.link[side]];
    const std::uint32_t place = flow.place[side];
    const Flow moved = link.active.back();
    link.active[place] = moved;
    flows_[moved].place[flows_[moved].link[side] == flow.link[side] ? side : 1 - side] = place;
    link.active.pop_back();
    flow.place[side] = kNone;
    mark(flow.link[side]);
  }
  flow.rate = 0;
  flow.sent_at = kNever;
  flow.idle_since = now;
  if (flow.heap_place != kNone) heap_remove(id);
}

void Fluid::set_wants(FlowState& flow, Side side, Rate wants) {
  links_[flow.link[side]].wanted += wants - flow.wants[side];
  flow.wants[side] = wants;
}

void Fluid::bound_changed(Flow id) {
  FlowState& flow = flows_[id];
  if (flow.place[kUp] == kNone) return;
  for (const Side side : {kUp, kDown}) {
    set_wants(flow, side, std::min(links_[flow.link[1 - side]].level, own_bound(flow)));
    mark(flow.link[side]);
  }
  touch(id);
}

void Fluid::touch(Flow id) {
  if (flows_[id].touched) return;
  flows_[id].touched = true;
  touched_.push_back(id);
}

void Fluid::mark(Link link) {
  if (links_[link].dirty) return;
  links_[link].dirty = true;
  dirty_.push_back(link);
}

// Water-filling: flows that want less than an equal share of what is left get it, the others share the rest. A flow
// that wants exactly the share, rounded down, counts among the others: so a link's level does not depend on whether
// another link has already come to the same level, which is what makes settle() end.
Rate Fluid::compute_level(const LinkState& link) {
  if (link.wanted <= link.capacity) return kRateUnlimited;
  ++levels_computed_;
  scratch_.clear();
  const Side side = flows_[link.active.front()].link[kUp] == static_cast<Link>(&link - links_.data()) ? kUp : kDown;
  for (const Flow flow : link.active) scratch_.push_back(flows_[flow].wants[side]);
  std::sort(scratch_.begin(), scratch_.end());
  Rate left = link.capacity;
  auto sharing = static_cast<Rate>(scratch_.size());
  for (const Rate wants : scratch_) {
    if (wants >= left / sharing) break;
    left -= wants;
    --sharing;
  }
  STP_ASSERT(sharing > 0);
  return std::max<Rate>(1, left / sharing);
}

void Fluid::level_changed(Link changed) {
  const Rate level = links_[changed].level;
  for (const Flow id : links_[changed].active) {
    FlowState& flow = flows_[id];
    const Side side = flow.link[kUp] == changed ? kUp : kDown;
    const auto other = static_cast<Side>(1 - side);
    touch(id);
    const Rate wants = std::min(level, own_bound(flow));
    const Rate wanted_before = flow.wants[other];
    if (wants == wanted_before) continue;
    set_wants(flow, other, wants);
    LinkState& link = links_[flow.link[other]];
    // Anything above the other level, before and after, has no effect there.
    if (link.level == kRateUnlimited ? link.wanted > link.capacity : std::min(wants, wanted_before) < link.level) {
      mark(flow.link[other]);
    }
  }
}

void Fluid::settle(Instant now) {
  grow_windows(now);
  // No level is ever below the lowest of all equal shares, so the link that has it is correct once it is computed, and
  // with it what its flows take elsewhere; then the same holds for the rest of the network.
  for (std::size_t at = 0; at < dirty_.size(); ++at) {
    const Link id = dirty_[at];
    LinkState& link = links_[id];
    link.dirty = false;
    const Rate level = compute_level(link);
    if (level == link.level) continue;
    link.level = level;
    level_changed(id);
    if (at > 4096 && at > dirty_.size() / 2) {
      dirty_.erase(dirty_.begin(), dirty_.begin() + static_cast<std::ptrdiff_t>(at) + 1);
      at = static_cast<std::size_t>(-1);
    }
  }
  dirty_.clear();
  for (const Flow id : touched_) {
    flows_[id].touched = false;
    if (flows_[id].place[kUp] != kNone) apply_rate(id, now);
  }
  touched_.clear();
}

void Fluid::apply_rate(Flow id, Instant now) {
  FlowState& flow = flows_[id];
  Rate rate = std::min({links_[flow.link[kUp]].level, links_[flow.link[kDown]].level, own_bound(flow)});
  rate = std::max<Rate>(rate, 1);
  if (flow.sent_at != kNever && rate == flow.rate) return;
  flow.left -= Work{flow.rate} * (now - flow.since).count();
  if (flow.left < 0) flow.left = 0;
  flow.since = now;
  flow.rate = rate;
  flow.sent_at = done_at(now, flow.left, rate);
  heap_update(id);
}

Instant Fluid::next_at() const {
  Instant next = heap_.empty() ? kNever : flows_[heap_.front()].sent_at;
  if (!growths_.empty()) next = earlier(next, growths_.top().at);
  return next;
}

std::optional<Fluid::Sent> Fluid::poll_sent(Instant now) {
  if (heap_.empty()) return std::nullopt;
  const Flow id = heap_.front();
  FlowState& flow = flows_[id];
  if (flow.sent_at > now) return std::nullopt;
  const Sent sent{id, pop_item(flow)};
  if (flow.first == kNone) {
    deactivate(id, now);
    return sent;
  }
  // The part of the last nanosecond that the first item did not need is lost; the rate stays.
  flow.left = Work{items_[flow.first].bytes} * kWorkPerByte;
  flow.since = now;
  flow.sent_at = done_at(now, flow.left, flow.rate);
  heap_update(id);
  return sent;
}

void Fluid::grow_windows(Instant now) {
  while (!growths_.empty() && growths_.top().at <= now) {
    const Growth growth = growths_.top();
    growths_.pop();
    FlowState& flow = flows_[growth.flow];
    if (flow.generation != growth.generation || flow.window == kRateUnlimited) continue;
    const bool was_the_bound = flow.place[kUp] != kNone && flow.rate >= flow.window && flow.window < flow.bound;
    if (was_the_bound) {
      flow.window = std::min(kRateUnlimited, flow.window * 2);
      if (flow.window != kRateUnlimited) growths_.push({now + flow.round_trip, growth.flow, growth.generation});
    } else {
      flow.window = kRateUnlimited;
    }
    bound_changed(growth.flow);
  }
}

bool Fluid::heap_before(Flow a, Flow b) const {
  return flows_[a].sent_at != flows_[b].sent_at ? flows_[a].sent_at < flows_[b].sent_at : a < b;
}

void Fluid::heap_update(Flow id) {
  if (flows_[id].heap_place == kNone) {
    flows_[id].heap_place = static_cast<std::uint32_t>(heap_.size());
    heap_.push_back(id);
  }
  heap_rise(flows_[id].heap_place);
  heap_sink(flows_[id].heap_place);
}

void Fluid::heap_remove(Flow id) {
  const std::uint32_t at = flows_[id].heap_place;
  flows_[id].heap_place = kNone;
  const Flow last = heap_.back();
  heap_.pop_back();
  if (last == id) return;
  heap_[at] = last;
  flows_[last].heap_place = at;
  heap_rise(at);
  heap_sink(flows_[last].heap_place);
}

void Fluid::heap_rise(std::size_t at) {
  const Flow id = heap_[at];
  while (at > 0) {
    const std::size_t parent = (at - 1) / 4;
    if (!heap_before(id, heap_[parent])) break;
    heap_[at] = heap_[parent];
    flows_[heap_[at]].heap_place = static_cast<std::uint32_t>(at);
    at = parent;
  }
  heap_[at] = id;
  flows_[id].heap_place = static_cast<std::uint32_t>(at);
}

void Fluid::heap_sink(std::size_t at) {
  const Flow id = heap_[at];
  while (true) {
    const std::size_t first = 4 * at + 1;
    if (first >= heap_.size()) break;
    const std::size_t end = std::min(first + 4, heap_.size());
    std::size_t least = first;
    for (std::size_t child = first + 1; child < end; ++child) {
      if (heap_before(heap_[child], heap_[least])) least = child;
    }
    if (!heap_before(heap_[least], id)) break;
    heap_[at] = heap_[least];
    flows_[heap_[at]].heap_place = static_cast<std::uint32_t>(at);
    at = least;
  }
  heap_[at] = id;
  flows_[id].heap_place = static_cast<std::uint32_t>(at);
}

void Fluid::check_invariants() const {
  std::vector<Rate> sums(links_.size(), 0);
  std::vector<Rate> most(links_.size(), 0);
  std::vector<Rate> wanted(links_.size(), 0);
  for (const FlowState& flow : flows_) {
    if (flow.place[kUp] == kNone) continue;
    for (const Side side : {kUp, kDown}) {
      const Link link = flow.link[side];
      sums[link] += flow.rate;
      wanted[link] += flow.wants[side];
      most[link] = std::max(most[link], flow.rate);
    }
  }
  const auto slack = [](const LinkState& link) {
    return static_cast<Rate>(link.active.size()) * tolerance(link.capacity) + tolerance(link.capacity);
  };
  for (Link id = 0; id < links_.size(); ++id) {
    STP_ASSERT(wanted[id] == links_[id].wanted);
    STP_ASSERT(sums[id] <= links_[id].capacity + slack(links_[id]));
  }
  for (const FlowState& flow : flows_) {
    if (flow.place[kUp] == kNone || flow.rate >= own_bound(flow)) continue;
    bool held_back = false;
    for (const Side side : {kUp, kDown}) {
      const LinkState& link = links_[flow.link[side]];
      const Rate margin = slack(link);
      held_back |= sums[flow.link[side]] + margin >= link.capacity && flow.rate + margin >= most[flow.link[side]];
    }
    STP_ASSERT(held_back);
  }
}

}  // namespace stp::sim
