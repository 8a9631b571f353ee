// The only JSON type of the simulator: objects keep the order in which their keys were written.
#pragma once

#include <nlohmann/json.hpp>

namespace stp::sim {

using Json = nlohmann::ordered_json;

}  // namespace stp::sim
