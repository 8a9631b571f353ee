#include "sim/world/policies.h"

#include "sim/scenario/policies.h"

namespace stp::sim {

Policies policies_of(const Scenario& scenario) {
  Policies policies;
  const auto transfer = std::make_shared<const transfer::TransferConfig>(transfer_config(scenario, nullptr));
  policies.dht = std::make_shared<const dht::DhtConfig>(dht_config(scenario, nullptr));
  for (const Group& group : scenario.groups) {
    Policies::OfGroup of{transfer, policies.dht};
    if (!group.transfer.empty()) {
      of.transfer = std::make_shared<const transfer::TransferConfig>(transfer_config(scenario, &group));
    }
    if (!group.dht.empty()) of.dht = std::make_shared<const dht::DhtConfig>(dht_config(scenario, &group));
    policies.groups.push_back(std::move(of));
  }
  return policies;
}

}  // namespace stp::sim
