#include "sim/theory/bounds.h"

#include <algorithm>
#include <bit>
#include <cmath>

#include "core/result.h"

namespace stp::sim {
namespace {

constexpr double kBitsPerHopAtOne = 1.3327;

}  // namespace

double kumar_ross_bound(const KumarRossSwarm& swarm) {
  STP_ASSERT(swarm.leeches > 0 && swarm.seeds_up > 0 && swarm.slowest_down > 0);
  const double demand = static_cast<double>(swarm.leeches) * swarm.bytes;
  return std::max(
      {swarm.bytes / swarm.seeds_up, swarm.bytes / swarm.slowest_down, demand / (swarm.seeds_up + swarm.leeches_up)});
}

double mundinger_makespan(std::uint64_t leeches, std::uint64_t chunks) {
  STP_ASSERT(leeches > 0 && chunks > 0);
  const auto rounds = std::bit_width(leeches) - 1;  // ⌊log₂⌋ of an integer, exact
  return 1 + static_cast<double>(rounds) / static_cast<double>(chunks);
}

QiuSrikantRest qiu_srikant_rest(const QiuSrikantModel& model) {
  STP_ASSERT(model.upload > 0 && model.download > 0 && model.leave > 0 && model.effectiveness > 0);
  const double by_download = 1 / model.download;
  const double by_upload = (1 / model.upload - 1 / model.leave) / model.effectiveness;
  const double beta = 1 / std::max(by_download, by_upload);
  QiuSrikantRest rest;
  rest.leeches = model.arrivals / (beta + model.abort);
  rest.seeds = beta * rest.leeches / model.leave;
  rest.download_seconds = 1 / (model.abort + beta);
  rest.uplinks_limit = by_upload > by_download;
  return rest;
}

ExpectedHops expected_hops(std::uint64_t nodes, std::uint32_t bucket_size) {
  STP_ASSERT(bucket_size >= 1 && nodes >= bucket_size);
  const double bucket_bits = std::log2(static_cast<double>(bucket_size));
  const double bits_per_hop = kBitsPerHopAtOne + bucket_bits;
  const double bits = std::log2(static_cast<double>(nodes));
  return {(bits - bucket_bits) / bits_per_hop, bits / bits_per_hop};
}

}  // namespace stp::sim
