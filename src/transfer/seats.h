// Seats: who leaves a full swarm when a newcomer arrives.
//
// A swarm has a bounded number of connections, its seats. When all are taken, a newcomer is not simply refused: many
// slow or idle peers, or one address with many connections, could otherwise shut everybody else out for as long as they
// like. In this order:
//   1. Crowding. An address (origin: IPv4, or the /64 of IPv6) that holds at least two seats more than the newcomer's
//      gives up its least useful one. Each such change evens out, so it can't go back and forth and needs no limit.
//   2. Idle peers, which neither ask nor give (Standing::idle): at once, as they have already had their time.
//   3. Turns. Once per seats.turnover_pause: a peer that has had a turn and stayed for seats.stay_min; failing that,
//      the slowest of those being served, if its rate is at most their mean and it has stayed for seats.served_stay.
//      The slowest leaves first; among equally slow ones, the one that has stayed longest. While seats.waiting_max
//      peers with a seat still wait for their turn, nobody leaves just to let another wait, except a peer that has
//      waited for seats.waited_stay without a turn. Newcomers that have waited longest come first: one gets such a seat
//      if no more than seats.ahead_max origins were turned away before it and have recently come back.
// If none of these applies, nobody leaves and the newcomer is told that the swarm is full.
// Peers that we need (Standing::needed) never leave; those being served leave only by the last rule.
//
// A pure decision: the swarm says what each peer is worth, carries out the decision and words the message. Not
// thread-safe.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <span>

#include "core/endpoint.h"
#include "core/time.h"
#include "transfer/actions.h"
#include "transfer/config.h"

namespace stp::transfer {

/// What a peer with a seat is worth to us or we to it, ascending.
enum class Standing : std::uint8_t {
  idle,      // has neither asked nor given anything for a while, or has not identified itself
  had_turn,  // has been served, or has had its time to give us something
  waiting,   // wants something, and may not have had a turn yet
  served,    // is being sent what it asks for
  needed,    // gives us something, was promised a chunk, is new, or we have just dialled it
};

struct Seat {
  PeerHandle peer;
  IpAddress origin;  // IpAddress::origin()
  Standing standing = Standing::needed;
  double rate = 0;  // bytes per second in either direction
  Instant since;    // when it took the seat
};

class Seats {
 public:
  /// `config` must outlive it.
  explicit Seats(const SeatConfig& config) : config_(config) {}

  /// The one of `taken` (all seats, in a fixed order) to give up for a newcomer from `origin`; nullopt: none.
  [[nodiscard]] std::optional<PeerHandle> give_up(std::span<const Seat> taken, const IpAddress& origin, Instant now);

 private:
  /// A newcomer that was turned away.
  struct Waiting {
    Instant since;
    Instant came_last;
  };
  /// The peer whose turn is over.
  [[nodiscard]] const Seat* end_of_turn(std::span<const Seat> taken, Instant now) const;
  /// Whether the next seat is for `origin`, which is in `waiting_` from now on.
  [[nodiscard]] bool is_next(const IpAddress& origin, Instant now);

  const SeatConfig& config_;
  Instant next_turnover_;
  std::map<IpAddress, Waiting> waiting_;  // by origin, at most seats.remembered_max
};

}  // namespace stp::transfer
