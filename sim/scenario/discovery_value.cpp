#include "sim/scenario/discovery_value.h"

#include "sim/scenario/values.h"

namespace stp::sim {
namespace {

const std::string kDiscoveryTakes = "a list of \"dht\", \"tracker\", \"given\" and \"lan\", or one of them";

Result<DiscoveryUse> read_discovery(const Value& value) {
  DiscoveryUse use = {.dht = false, .tracker = false, .given = false, .lan = false};
  if (!value.json.is_array() && !value.json.is_string()) return value.must_be(kDiscoveryTakes);
  if (value.json.is_array() && value.json.size() > 4) return value.must_be(kDiscoveryTakes);
  for (const Json& way : value.json.is_array() ? value.json : Json::array({value.json})) {
    if (way == "dht") {
      use.dht = true;
    } else if (way == "tracker") {
      use.tracker = true;
    } else if (way == "given") {
      use.given = true;
    } else if (way == "lan") {
      use.lan = true;
    } else {
      return not_among({way, value.path}, {"dht", "tracker", "given", "lan"}, kDiscoveryTakes);
    }
  }
  return use;
}

Json write_discovery(const DiscoveryUse& use) {
  Json ways = Json::array();
  if (use.dht) ways.push_back("dht");
  if (use.tracker) ways.push_back("tracker");
  if (use.given) ways.push_back("given");
  if (use.lan) ways.push_back("lan");
  return ways;
}

}  // namespace

Kind<DiscoveryUse> discovery() {
  return {kDiscoveryTakes, read_discovery, write_discovery};
}

}  // namespace stp::sim
