// Scenarios and results made by hand, for tests of what is computed and written from them.
#pragma once

#include <chrono>
#include <string>
#include <utility>

#include "sim/measure/run_result.h"
#include "sim/scenario/scenario.h"

namespace stp::sim::testing_support {

using std::chrono::milliseconds;
using std::chrono::seconds;

inline Group group_of(std::string name, Role role, std::uint32_t count, AccessLink link) {
  Group group;
  group.name = std::move(name);
  group.role = role;
  group.count = count;
  group.links = {LinkClass{1, link}};
  return group;
}

inline PeerRecord record_of(std::uint32_t host, std::uint32_t group, AccessLink link, Duration joined = {}) {
  PeerRecord record;
  record.host = host;
  record.group = group;
  record.link = link;
  record.joined = joined;
  return record;
}

/// A flash crowd small enough for mental arithmetic: a seed of 100 B/s and three leeches of 50/200 B/s that all arrive
/// at 0 and want 4 chunks of 16 KiB; they complete after 600, 700 and 1000 s. Ends at 1000 s.
struct SmallCrowd {
  static constexpr std::int64_t kBytes = 4 * 16384;
  static constexpr AccessLink kSeedLink{100, AccessLink::kUnlimited};
  static constexpr AccessLink kLeechLink{50, 200};
  Scenario scenario;
  RunResult result;

  SmallCrowd() {
    scenario.name = "small crowd";
    scenario.shares[0].chunks = 4;
    scenario.shares[0].chunk_bytes = 16384;
    scenario.groups = {group_of("seed", Role::seed, 1, kSeedLink), group_of("leeches", Role::leech, 3, kLeechLink)};
    result.ended = seconds(1000);
    result.all_complete = true;
    result.events = 12345;
    result.seed = 7;
    result.version = "1.2.3";
    result.scenario_hash = 0x1122334455667788;
    result.trace_hash = 0x00ff;
    PeerRecord seed = record_of(0, 0, kSeedLink);
    seed.uploaded = 2 * kBytes;
    seed.control_sent = 1000;
    result.peers.push_back(seed);
    const int completed[] = {600, 700, 1000};
    const std::int64_t uploaded[] = {0, kBytes / 4, kBytes * 3 / 4};
    for (std::uint32_t i = 0; i < 3; ++i) {
      PeerRecord leech = record_of(i + 1, 1, kLeechLink);
      leech.found_first_peer = seconds(1 + i);
      leech.first_chunk = seconds(100 + 10 * i);
      leech.completed = seconds(completed[i]);
      leech.downloaded = kBytes;
      leech.uploaded = uploaded[i];
      leech.control_sent = 1000;
      leech.chunks = 4;
      result.peers.push_back(leech);
    }
  }
};

/// The same leeches want two shares of that size, one after the other: each gets the first in half of its time. Two
/// samples, with the second share incomplete among the peers in the first of them.
struct SmallCrowdOfTwoShares : SmallCrowd {
  SmallCrowdOfTwoShares() {
    scenario.shares.push_back(scenario.shares[0]);
    scenario.shares[1].name = "more";
    for (Group& group : scenario.groups) group.shares.emplace();
    scenario.groups[1].at_a_time = 1;
    for (std::size_t peer = 0; peer < result.peers.size(); ++peer) {
      PeerRecord& host = result.peers[peer];
      for (std::size_t share = 0; share < 2; ++share) {
        ShareRecord record;
        record.peer = peer;
        record.share = share;
        record.seed = peer == 0;
        record.uploaded = host.uploaded / 2;
        record.started = Duration{};
        if (host.completed) {
          const Duration half = *host.completed / 2;
          record.started = share == 0 ? Duration{} : half;
          record.completed = share == 0 ? half : *host.completed;
          record.downloaded = kBytes;
          record.chunks = 4;
        }
        result.shares.push_back(record);
      }
      host.downloaded *= 2;
      host.chunks *= 2;
    }
    for (const std::uint32_t copies : {0U, 1U}) {
      Sample sample;
      sample.at = seconds(500 + 10 * copies);
      sample.leeches = 3;
      sample.shares = {{.leeches = 0, .seeds = 3, .copies_min = 1}, {.leeches = 3, .seeds = 0, .copies_min = copies}};
      result.samples.push_back(sample);
    }
  }
};

}  // namespace stp::sim::testing_support
