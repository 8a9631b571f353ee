// RateGate: a TokenBucket shared by connections that wait for it in turn.
//
// First come, first served: while somebody waits, later callers are granted nothing. Groups (shares) take turns, and the
// waiters of a group too. A turn is an equal part of what may move at that moment, however often its owner asks for
// more, and the next wake-up continues the rotation. So a share with fifty peers does not starve one with a single peer.
// Lives on the network thread. Waiters are called from a timer, never from inside wait().
#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <cstdint>
#include <deque>
#include <functional>

#include "net/token_bucket.h"

namespace stp::net {

class RateGate {
 public:
  /// A turn is not cut into smaller parts than this.
  static constexpr std::int64_t kTurnBytesMin = 4096;

  RateGate(boost::asio::io_context& io, std::int64_t bytes_per_second) : bucket_(bytes_per_second), timer_(io) {}

  /// From now on; those who wait are asked again.
  void set_rate(std::int64_t bytes_per_second);
  /// How many of `wanted` bytes may move now; 0: call wait().
  [[nodiscard]] std::size_t grant(std::size_t wanted);
  /// `bytes` have moved.
  void spend(std::size_t bytes);
  /// Calls `resume` when it is this caller's turn; it then calls grant() again. `resume` must cope with its owner being
  /// gone.
  void wait(std::uint32_t group, std::function<void()> resume);
  /// Forgets all waiters.
  void stop();

 private:
  void arm();
  void wake();

  TokenBucket bucket_;
  boost::asio::steady_timer timer_;
  struct Group {
    std::uint32_t id = 0;
    std::deque<std::function<void()>> waiting;  // not empty
  };
  std::deque<Group> groups_;    // in the order of their turns
  std::int64_t turn_left_ = 0;  // bytes of the present turn; > 0 only while wake() runs
  bool armed_ = false;
};

}  // namespace stp::net
