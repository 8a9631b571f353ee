// Every policy of local discovery in one place. BEP 14 asks for an announcement every five minutes and no multicast
// storms; docs/protocol.md explains where we differ and why.
#pragma once

#include <array>
#include <chrono>
#include <cstddef>

#include "core/time.h"

namespace stp::lan {

using namespace std::chrono_literals;

struct LanConfig {
  /// Which groups are announced to.
  bool ipv4 = true;
  bool ipv6 = true;

  // --- what we announce (announce_schedule.h)
  /// BEP 14, ± a tenth.
  Duration interval = 5min;
  /// Gaps before the repeats that follow a first announcement: a datagram may be lost, most of all on a radio network.
  std::array<Duration, 2> repeat_gaps = {500ms, 1s};
  /// A key for which we miss peers is announced again after this time.
  Duration search_gap = 1min;
  /// A newcomer is answered within this time, so that the members of a swarm do not all answer at once.
  Duration answer_delay_max = 100ms;
  /// Answers for one key: one per answer_gap on average, and this many in a row.
  Duration answer_gap = 1min;
  unsigned answers_in_a_row = 3;
  /// Up to this many keys that are due together get a datagram each: older programs read only the first key of one, and
  /// Transmission 3 no datagram of more than 200 bytes. More of them share datagrams (BEP 14).
  std::size_t alone_max = 5;
  /// All datagrams of one group: this many at once, then one per datagram_gap.
  unsigned datagrams_at_once = 10;
  Duration datagram_gap = 200ms;

  // --- what we hear (heard_peers.h)
  /// A peer that was not heard again is forgotten: two of its announcements were lost.
  Duration forget_after = 11min;
  /// A peer that is heard again is reported again after this time.
  Duration report_gap = 1min;
  std::size_t peers_per_key_max = 64;
  std::size_t peers_per_address_max = 16;  // of one key; several processes of one machine
  std::size_t peers_max = 4096;            // of all keys
};

}  // namespace stp::lan
