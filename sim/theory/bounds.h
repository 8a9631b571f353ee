// Theory about a run: closed formulas that the simulator is compared with
// (docs/simulator-results.md "Validation").
//
// Pure functions of plain numbers. Sizes are in bytes, rates in bytes per second, results in seconds, unless a comment
// says otherwise. Arguments that make no sense (no peers, rates of zero) are a caller's mistake and assert.
#pragma once

#include <cstdint>

namespace stp::sim {

/// A swarm that starts with only seeds.
struct KumarRossSwarm {
  double bytes = 0;           // F, size of the share
  std::uint64_t leeches = 0;  // N, those that get it
  double seeds_up = 0;        // u_s, the sum over all seeds
  double leeches_up = 0;      // Σ u_i
  double slowest_down = 0;    // d_min
};

/// Kumar and Ross, "Peer-Assisted File Distribution: The Minimum Distribution Time" (2006): no protocol gives all
/// leeches the share faster than
///   T_min = max{ F / u_s, F / d_min, N·F / (u_s + Σ u_i) }.
[[nodiscard]] double kumar_ross_bound(const KumarRossSwarm& swarm);

/// Mundinger, Weber and Weiss, "Optimal Scheduling of Peer-to-Peer File Dissemination" (2008): with equal uplinks
/// (including the server's) and unlimited downlinks, `leeches` peers have all `chunks` chunks no earlier than after
///   T* = 1 + ⌊log₂ N⌋ / M,
/// in units of the time that one peer takes to upload the whole file.
[[nodiscard]] double mundinger_makespan(std::uint64_t leeches, std::uint64_t chunks);

/// Qiu and Srikant, "Modeling and Performance Analysis of BitTorrent-Like Peer-to-Peer Networks" (2004): a fluid model
/// of a swarm that newcomers join at a constant rate.
///   dx/dt = λ − θx − min{cx, μ(ηx + y)}        x leeches
///   dy/dt = min{cx, μ(ηx + y)} − γy            y seeds
struct QiuSrikantModel {
  double arrivals = 0;       // λ, leeches per second
  double upload = 0;         // μ, shares per second that one peer can upload
  double download = 0;       // c, shares per second that one peer can download
  double abort = 0;          // θ, of leeches that give up, per second
  double leave = 0;          // γ, of seeds that leave, per second; more than 0
  double effectiveness = 1;  // η, 0..1: how well leeches use their uplinks
};

/// The equilibrium of the model.
struct QiuSrikantRest {
  double leeches = 0;           // x̄ = λ / (β + θ)
  double seeds = 0;             // ȳ = λβ / (γ(β + θ))
  double download_seconds = 0;  // T = 1 / (θ + β): does not depend on λ
  bool uplinks_limit = false;   // otherwise the downlinks do
};

/// The fixed point, with 1/β = max{ 1/c, (1/η)(1/μ − 1/γ) }.
[[nodiscard]] QiuSrikantRest qiu_srikant_rest(const QiuSrikantModel& model);

/// Hops of a Kademlia lookup, from the fewest to the most to be expected on average.
struct ExpectedHops {
  double fewest = 0;  // log₂(N/k) / b: the last k nodes are known at sight
  double most = 0;    // log₂ N / b
};

/// Stutzbach and Rejaie, "Improving Lookup Performance over a Widely-Deployed DHT" (2006): with buckets of k nodes one
/// hop comes closer to the target by b = 1.3327 + log₂ k bits on average. `nodes` ≥ `bucket_size` ≥ 1.
[[nodiscard]] ExpectedHops expected_hops(std::uint64_t nodes, std::uint32_t bucket_size);

}  // namespace stp::sim
