#include "sim/scenario/policies.h"

#include <algorithm>
#include <cmath>

#include "core/units.h"
#include "dht/settings.h"
#include "sim/scenario/values.h"
#include "transfer/settings.h"

namespace stp::sim {
namespace {

/// "choker.interval" as the name of its object and its key.
std::pair<std::string_view, std::string_view> parts_of(std::string_view name) {
  const std::size_t dot = name.find('.');
  return {name.substr(0, dot), name.substr(dot + 1)};
}

/// The number that the text of a time or a size means; nullopt: it is neither.
std::optional<double> quantity(const Json& json, SettingUnit unit) {
  if (!json.is_string()) return std::nullopt;
  const std::string& text = json.get_ref<const std::string&>();
  const bool has_unit = !text.empty() && text.front() >= '0' && text.front() <= '9' &&
                        std::isalpha(static_cast<unsigned char>(text.back())) != 0;
  if (!has_unit) return std::nullopt;
  if (unit == SettingUnit::time) {
    const Result<Duration> time = parse_duration(text);
    return time ? std::optional(static_cast<double>(time->count())) : std::nullopt;
  }
  const Result<std::int64_t> bytes = parse_size(text);
  return bytes ? std::optional(static_cast<double>(*bytes)) : std::nullopt;
}

/// The JSON value as a value of the setting; nullopt: it is not one.
std::optional<double> number_of(const Json& json, const SettingInfo& info) {
  switch (info.unit) {
    case SettingUnit::time:
    case SettingUnit::bytes: return quantity(json, info.unit);
    case SettingUnit::yes_or_no: return json.is_boolean() ? std::optional(json.get<bool>() ? 1.0 : 0.0) : std::nullopt;
    case SettingUnit::word: {
      const auto found = std::ranges::find_if(info.words, [&](std::string_view word) { return json == word; });
      if (found == info.words.end()) return std::nullopt;
      return static_cast<double>(found - info.words.begin());
    }
    case SettingUnit::count:
    case SettingUnit::number: break;
  }
  return json.is_number() ? std::optional(json.get<double>()) : std::nullopt;
}

Json json_of(const SettingInfo& info, double value) {
  switch (info.unit) {
    case SettingUnit::count: return static_cast<std::int64_t>(value);
    case SettingUnit::number: return number(info.least, info.most).write(value);
    case SettingUnit::yes_or_no: return value != 0;
    case SettingUnit::time:
    case SettingUnit::bytes:
    case SettingUnit::word: break;
  }
  return setting_text(info, value);
}

template <class Config>
std::vector<std::string> setting_names(const Settings<Config>& table, std::string_view group) {
  std::vector<std::string> names;
  for (const Setting<Config>& setting : table) {
    const auto [of, key] = parts_of(setting.info.name);
    const std::string name(group.empty() ? of : key);
    if ((group.empty() || of == group) && std::ranges::count(names, name) == 0) names.push_back(name);
  }
  return names;
}

template <class Config>
Result<SettingChanges> read_changes(const Value& value, const Settings<Config>& table, const std::string& takes) {
  SettingChanges changes;
  if (!value.json.is_object()) return value.must_be(takes);
  for (const auto& [group, settings] : value.json.items()) {
    const Value inner = {settings, value.path_of(group)};
    const std::vector<std::string> keys = setting_names(table, group);
    if (keys.empty() || group.empty()) return unknown_key(value, group, setting_names(table, ""));
    if (!settings.is_object()) return inner.must_be("an object with settings such as \"" + keys.front() + "\"");
    for (const auto& [key, json] : settings.items()) {
      const Setting<Config>* const setting = find_setting(table, group + "." + key);
      if (setting == nullptr) return unknown_key(inner, key, keys);
      const Value place = {json, inner.path_of(key)};
      const std::optional<double> number = number_of(json, setting->info);
      if (!number || !setting_allows(setting->info, *number)) {
        const std::vector<std::string> words(setting->info.words.begin(), setting->info.words.end());
        return not_among(place, words, setting_takes(setting->info));
      }
      changes[setting->info.name] = *number;
    }
  }
  return changes;
}

template <class Config>
Kind<SettingChanges> changes_to(const Settings<Config>& table, const std::string& example) {
  const std::string takes = "an object such as " + example + "; `stp-sim settings` lists them";
  return {takes, [&table, takes](const Value& value) { return read_changes(value, table, takes); },
          [&table](const SettingChanges& changes) {
            Json json = Json::object();
            for (const Setting<Config>& setting : table) {
              const auto changed = changes.find(setting.info.name);
              if (changed == changes.end()) continue;
              const auto [group, key] = parts_of(setting.info.name);
              json[std::string(group)][std::string(key)] = json_of(setting.info, changed->second);
            }
            return json;
          }};
}

template <class Config>
Config changed(Config config, const Settings<Config>& table, const SettingChanges& changes) {
  for (const auto& [name, value] : changes) {
    const Setting<Config>* const setting = find_setting(table, name);
    STP_ASSERT(setting != nullptr);
    setting->set(config, value);
  }
  return config;
}

template <class Config>
void drop_idle(SettingChanges& changes, const Settings<Config>& table, const Config& before) {
  std::erase_if(changes, [&](const auto& change) {
    const Setting<Config>* const setting = find_setting(table, change.first);
    return setting != nullptr && setting->get(before) == change.second;
  });
}

}  // namespace

Kind<SettingChanges> transfer_policies() {
  return changes_to(transfer::transfer_settings(), "{\"choker\": {\"interval\": \"20s\"}}");
}

Kind<SettingChanges> dht_policies() {
  return changes_to(dht::dht_settings(), "{\"lookups\": {\"alpha\": 3}}");
}

transfer::TransferConfig transfer_config(const Scenario& scenario, const Group* group) {
  const Settings<transfer::TransferConfig>& table = transfer::transfer_settings();
  transfer::TransferConfig config = changed(transfer::TransferConfig{}, table, scenario.transfer);
  return group == nullptr ? config : changed(config, table, group->transfer);
}

dht::DhtConfig dht_config(const Scenario& scenario, const Group* group) {
  const Settings<dht::DhtConfig>& table = dht::dht_settings();
  dht::DhtConfig config = changed(dht::DhtConfig{}, table, scenario.dht);
  return group == nullptr ? config : changed(config, table, group->dht);
}

void drop_idle_settings(Scenario& scenario) {
  drop_idle(scenario.transfer, transfer::transfer_settings(), transfer::TransferConfig{});
  drop_idle(scenario.dht, dht::dht_settings(), dht::DhtConfig{});
  for (Group& group : scenario.groups) {
    drop_idle(group.transfer, transfer::transfer_settings(), transfer_config(scenario, nullptr));
    drop_idle(group.dht, dht::dht_settings(), dht_config(scenario, nullptr));
  }
}

Status check_policies(const Scenario& scenario) {
  const auto check = [&](const Group* group, const std::string& where) -> Status {
    for (const Status& status : {validate(transfer_config(scenario, group)), validate(dht_config(scenario, group))}) {
      if (!status) return Error{status.error().kind, where + status.error().message};
    }
    return Done{};
  };
  if (Status fits = check(nullptr, ""); !fits) return fits;
  for (const Group& group : scenario.groups) {
    if (group.transfer.empty() && group.dht.empty()) continue;
    if (Status fits = check(&group, "groups." + group.name + ": "); !fits) return fits;
  }
  return Done{};
}

}  // namespace stp::sim
