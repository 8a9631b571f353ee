#include "daemon/settings_json.h"

#include <limits>
#include <nlohmann/json.hpp>
#include <string>

#include "core/shown_text.h"
#include "net/zone.h"

namespace stp::daemon {

using nlohmann::json;

namespace {

constexpr std::size_t kShownNameMax = 100;

Error wrong_setting(const std::string& name, const char* kind) {
  return {ErrorKind::malformed, "'" + name + "' has to be " + kind};
}

Status read(const json& value, const std::string& name, std::optional<bool>& into) {
  if (!value.is_boolean()) return wrong_setting(name, "true or false");
  into = value.get<bool>();
  return Done{};
}

Status read(const json& value, const std::string& name, std::optional<std::uint32_t>& into) {
  constexpr std::uint64_t kMax = std::numeric_limits<std::uint32_t>::max();
  if (!value.is_number_unsigned() || value.get<std::uint64_t>() > kMax) return wrong_setting(name, "a whole number");
  into = static_cast<std::uint32_t>(value.get<std::uint64_t>());
  return Done{};
}

Status read_setting(const std::string& name, const json& value, net::HostChanges& changes) {
  if (name == "must_hide") return read(value, name, changes.must_hide);
  if (name == "port_map") return read(value, name, changes.port_map);
  if (name == "connections") return read(value, name, changes.connections);
  if (name == "upload_slots") return read(value, name, changes.upload_slots);
  return Error{ErrorKind::malformed, "'" + escaped(name.substr(0, kShownNameMax)) +
                                         "' is not a setting that can be changed here; those are must_hide, port_map, "
                                         "connections and upload_slots"};
}

}  // namespace

json settings_json(const net::HostOptions& options, const net::HostSettings& now, std::int64_t up_limit,
                   std::int64_t down_limit) {
  return {{"dht", options.dht},
          {"lan", options.lan},
          {"port_map", now.port_map},
          {"must_hide", now.must_hide},
          {"connections", now.connections},
          {"connections_max", now.connections_max},
          {"upload_slots", now.upload_slots},
          {"listen", options.listen ? json(net::to_text(*options.listen)) : json(nullptr)},
          {"bootstrap", options.bootstrap},
          {"up_limit", up_limit},
          {"down_limit", down_limit}};
}

Result<net::HostChanges> decode_changes(const json& value) {
  if (!value.is_object() || value.empty()) {
    return Error{ErrorKind::malformed, "the body is an object of the settings to change"};
  }
  net::HostChanges changes;
  for (const auto& [name, setting] : value.items()) {
    if (Status taken = read_setting(name, setting, changes); !taken) return taken.error();
  }
  return changes;
}

}  // namespace stp::daemon
