// The one way out of a swarm: what its owners ask the driver to do (Action), what they report (SwarmEvent), and the trace
// lines they write.
//
// All owners write here and none reads, so things leave in the order in which they were decided. Of a peer it knows what
// writing needs: its address, for trace lines, and when it was last sent something. A peer is known from open() until
// forget(); only a Close may name one after that. Not thread-safe.
#pragma once

#include <deque>
#include <optional>
#include <string_view>
#include <utility>

#include "core/endpoint.h"
#include "core/time.h"
#include "core/trace.h"
#include "transfer/actions.h"
#include "transfer/peer_table.h"

namespace stp::transfer {

class Outbox {
 public:
  explicit Outbox(trace::Tracer tracer) : tracer_(tracer) {}

  void open(PeerHandle peer, const Endpoint& remote) { peers_.emplace(peer, {remote, {}}); }
  void forget(PeerHandle peer) { peers_.erase(peer); }

  void send(PeerHandle peer, wire::Message message, Instant now) {
    peers_.at(peer).last_sent = now;
    actions_.push_back(Send{peer, std::move(message)});
  }
  void send(const SendBlocks& blocks, Instant now) {
    peers_.at(blocks.peer).last_sent = now;
    actions_.push_back(blocks);
  }
  /// Everything but messages and blocks.
  void act(Action action) { actions_.push_back(std::move(action)); }
  void report(SwarmEvent event) { events_.push_back(std::move(event)); }

  [[nodiscard]] std::optional<Action> poll_action() { return poll(actions_); }
  [[nodiscard]] std::optional<SwarmEvent> poll_event() { return poll(events_); }

  /// When the peer was last sent a message or blocks; the epoch: never.
  [[nodiscard]] Instant last_sent(PeerHandle peer) const { return peers_.at(peer).last_sent; }

  [[nodiscard]] const trace::Tracer& tracer() const { return tracer_; }
  /// As connected; for trace lines.
  [[nodiscard]] const Endpoint& remote_of(PeerHandle peer) const { return peers_.at(peer).remote; }
  /// Writes a trace line (level debug) about the peer, if that is on. `why` may be empty.
  void trace_peer(PeerHandle peer, std::string_view what, std::string_view why, Instant now) const {
    if (!tracer_.on(trace::Level::debug)) return;
    const Endpoint& remote = remote_of(peer);
    if (why.empty()) return tracer_.write(trace::Level::debug, now, what, {{"peer", remote}});
    tracer_.write(trace::Level::debug, now, what, {{"peer", remote}, {"why", why}});
  }

 private:
  struct Line {
    Endpoint remote;
    Instant last_sent;
  };

  template <class Queue>
  [[nodiscard]] static std::optional<typename Queue::value_type> poll(Queue& queue) {
    if (queue.empty()) return std::nullopt;
    typename Queue::value_type first = std::move(queue.front());
    queue.pop_front();
    return first;
  }

  const trace::Tracer tracer_;
  PeerTable<Line> peers_;
  std::deque<Action> actions_;
  std::deque<SwarmEvent> events_;
};

}  // namespace stp::transfer
