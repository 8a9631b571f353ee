#include "sim/scenario/scenario_hash.h"

#include "core/bytes.h"
#include "crypto/sha256.h"
#include "sim/scenario/scenario_json.h"

namespace stp::sim {

std::uint64_t scenario_hash(const Scenario& scenario) {
  const std::string text = to_json(scenario);
  return load_be<std::uint64_t>(crypto::sha256(as_bytes(text)).bytes.data());
}

}  // namespace stp::sim
