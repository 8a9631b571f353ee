// The policies of a run's hosts: one object for all hosts that share them.
#pragma once

#include <memory>
#include <vector>

#include "dht/config.h"
#include "sim/scenario/scenario.h"
#include "transfer/config.h"

namespace stp::sim {

struct Policies {
  struct OfGroup {
    std::shared_ptr<const transfer::TransferConfig> transfer;
    std::shared_ptr<const dht::DhtConfig> dht;
  };
  std::shared_ptr<const dht::DhtConfig> dht;  // of hosts without a group
  std::vector<OfGroup> groups;
};

[[nodiscard]] Policies policies_of(const Scenario& scenario);

}  // namespace stp::sim
