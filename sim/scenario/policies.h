// The policies of the production code in a scenario: "transfer" and "dht", for all hosts and for single groups.
//
// The tables of transfer/settings.h and dht/settings.h are all that is known about them here: names, units, bounds and
// meanings.
#pragma once

#include "core/result.h"
#include "dht/config.h"
#include "sim/scenario/field.h"
#include "sim/scenario/scenario.h"
#include "transfer/config.h"

namespace stp::sim {

/// {"choker": {"interval": "20s"}}: the changed settings.
[[nodiscard]] Kind<SettingChanges> transfer_policies();
[[nodiscard]] Kind<SettingChanges> dht_policies();

/// The policies of a group's members, or of the hosts without a group (null). A group's own settings are applied after
/// the scenario's.
[[nodiscard]] transfer::TransferConfig transfer_config(const Scenario& scenario, const Group* group);
[[nodiscard]] dht::DhtConfig dht_config(const Scenario& scenario, const Group* group);

/// Forgets the settings that change nothing, so that equal scenarios have equal texts.
void drop_idle_settings(Scenario& scenario);

/// Checks that all of them are valid, alone and together.
[[nodiscard]] Status check_policies(const Scenario& scenario);

}  // namespace stp::sim
