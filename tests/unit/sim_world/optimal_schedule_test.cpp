// The schedule that reaches Mundinger, Weber and Weiss's bound, played over the simulated links with the sizes and
// latencies of the simulated wire: which part of the distance between a swarm and the bound is due to the network, not
// to the protocol.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <utility>
#include <vector>

#include "core/bitfield.h"
#include "sim/network/fluid.h"
#include "sim/theory/bounds.h"
#include "sim/world/connections.h"

namespace stp::sim {
namespace {

using namespace std::chrono_literals;

constexpr std::int64_t kChunkBytes = 256 * 1024;
constexpr double kUplink = 125'000;  // bytes a second
constexpr Duration kOneWay = 10ms;

/// 2^dimensions hosts with equal uplinks and unlimited downlinks are the corners of a cube; host 0 has the file. In
/// step t all pass a chunk along edge t mod `dimensions`: host 0 the t-th one, the others the latest they have.
/// Everybody has everything after M + dimensions − 1 steps (the binomial pipeline of Ganesan and Seshadri 2005, on a
/// hypercube).
class CubeBroadcast {
 public:
  CubeBroadcast(std::uint32_t dimensions, std::uint32_t chunks)
      : dimensions_(dimensions), chunks_(chunks), has_(std::size_t{1} << dimensions, Bitfield(chunks)) {
    for (ChunkIndex c; c.value < chunks; ++c) has_[0].set(c);
    for (std::size_t host = 0; host < has_.size(); ++host) {
      up_.push_back(fluid_.add_link(rate_of(kUplink)));
      down_.push_back(fluid_.add_link(kRateUnlimited));
    }
    for (std::size_t host = 0; host < has_.size(); ++host) {
      for (std::uint32_t d = 0; d < dimensions; ++d) {
        flows_.push_back(fluid_.open(up_[host], down_[host ^ (std::size_t{1} << d)], 2 * kOneWay, kRateUnlimited, 0));
      }
    }
  }

  /// Virtual seconds until everybody has everything.
  double play() {
    for (std::uint32_t step = 0; !complete(); ++step) {
      begin(step);
      while (fluid_.next_at() != kNever) {
        now_ = fluid_.next_at();
        while (fluid_.poll_sent(now_)) {
        }
        fluid_.settle(now_);
      }
      now_ += kOneWay;
      for (const auto& [to, chunk] : std::exchange(on_the_way_, {})) has_[to].set(chunk);
    }
    return seconds_of(now_ - Instant{});
  }

 private:
  [[nodiscard]] bool complete() const {
    for (const Bitfield& has : has_) {
      if (!has.all()) return false;
    }
    return true;
  }

  void begin(std::uint32_t step) {
    const std::uint32_t edge = step % dimensions_;
    for (std::size_t from = 0; from < has_.size(); ++from) {
      const std::size_t to = from ^ (std::size_t{1} << edge);
      std::uint32_t chunk = from == 0 ? std::min(step, chunks_ - 1) + 1 : chunks_;
      // The latest that the other one lacks.
      while (chunk > 0 && (!has_[from].test(ChunkIndex{chunk - 1}) || has_[to].test(ChunkIndex{chunk - 1}))) --chunk;
      if (chunk == 0) continue;
      on_the_way_.emplace_back(to, ChunkIndex{chunk - 1});
      fluid_.send(flows_[from * dimensions_ + edge], bytes_on_the_wire(kChunkBytes), 0, now_);
    }
    fluid_.settle(now_);
  }

  std::uint32_t dimensions_;
  std::uint32_t chunks_;
  Fluid fluid_;
  Instant now_{};
  std::vector<Bitfield> has_;
  std::vector<Fluid::Link> up_;
  std::vector<Fluid::Link> down_;
  std::vector<Fluid::Flow> flows_;  // by host and edge
  std::vector<std::pair<std::size_t, ChunkIndex>> on_the_way_;
};

// Over the bound lie the headers (2.8 %) and a latency a step (0.5 %).
TEST(OptimalSchedule, TakesMundingersMakespanOnSimulatedLinks) {
  for (const std::uint32_t dimensions : {7U, 10U}) {
    for (const std::uint32_t chunks : {4U, 40U, 400U}) {
      const std::uint32_t leeches = (1U << dimensions) - 1;
      const double upload = static_cast<double>(kChunkBytes) * chunks / kUplink;
      const double bound = mundinger_makespan(leeches, chunks) * upload;
      const double taken = CubeBroadcast(dimensions, chunks).play();
      EXPECT_GE(taken, bound) << leeches << " leeches, " << chunks << " chunks";
      EXPECT_LE(taken, 1.04 * bound) << leeches << " leeches, " << chunks << " chunks";
    }
  }
}

}  // namespace
}  // namespace stp::sim
