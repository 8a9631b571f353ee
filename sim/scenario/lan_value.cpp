#include "sim/scenario/lan_value.h"

#include "sim/scenario/values.h"

namespace stp::sim {
namespace {

Result<LanSpec> read_lan(const Value& value) {
  LanSpec lan;
  if (value.json.is_null()) return lan;
  if (value.json.is_string()) {
    Result<std::string> text = name().read(value);
    if (!text) return text.error();
    lan.name = *std::move(text);
    return lan;
  }
  const Result<std::uint32_t> hosts = count(2, kHostsMax).read(value);
  if (!hosts) return hosts.error();
  lan.hosts = *hosts;
  return lan;
}

Json write_lan(const LanSpec& lan) {
  if (!lan.name.empty()) return lan.name;
  return lan.hosts > 0 ? Json(lan.hosts) : Json(nullptr);
}

}  // namespace

Kind<LanSpec> lan() {
  return {"the name of a local network, the number of hosts on each (2 or more), or null", read_lan, write_lan};
}

}  // namespace stp::sim
