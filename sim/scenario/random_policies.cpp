#include "sim/scenario/random_policies.h"

#include <algorithm>
#include <cmath>

#include "dht/settings.h"
#include "sim/engine/portable_math.h"
#include "transfer/settings.h"

namespace stp::sim {
namespace {

constexpr double kTimeLeast = 1e6;   // ns: less only makes a run longer
constexpr double kOptionsMost = 10;  // a setting with no larger values is a choice

template <class Table, class Config>
SettingChanges random_policies(const Table& table, Config config, double spread, Rng& rng) {
  SettingChanges changes;
  for (const auto& setting : table) {
    if (rng.below(8) != 0) continue;
    const double least = std::max(setting.info.least, setting.info.unit == SettingUnit::time ? kTimeLeast : 1.0);
    const double part = rng.unit();
    double value = portable_exp(portable_log(least) + part * (portable_log(setting.info.most) - portable_log(least)));
    if (rng.below(4) == 0) value = rng.below(2) == 0 ? setting.info.least : setting.info.most;
    const double usual = setting.get(config);
    if (usual > 0) value = std::clamp(value, usual / spread, usual * spread);
    if (setting.info.most <= kOptionsMost || setting.info.unit != SettingUnit::number) value = std::floor(value);
    value = std::clamp(value, setting.info.least, setting.info.most);
    Config changed = config;
    setting.set(changed, value);
    if (!validate(changed)) continue;
    config = changed;
    changes[setting.info.name] = value;
  }
  return changes;
}

}  // namespace

SettingChanges random_transfer_policies(double spread, Rng& rng) {
  return random_policies(transfer::transfer_settings(), transfer::TransferConfig{}, spread, rng);
}

SettingChanges random_dht_policies(double spread, Rng& rng) {
  return random_policies(dht::dht_settings(), dht::DhtConfig{}, spread, rng);
}

}  // namespace stp::sim
