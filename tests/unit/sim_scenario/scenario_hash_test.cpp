#include "sim/scenario/scenario_hash.h"

#include <gtest/gtest.h>

#include <fstream>
#include <iterator>
#include <set>

#include "sim/scenario/scenario_json.h"
#include "small_scenario.h"

namespace stp::sim {
namespace {

std::uint64_t hash_of(const std::vector<std::string>& settings = {}) {
  return scenario_hash(*parse_scenario(kSmall, settings));
}

TEST(ScenarioHash, DoesNotDependOnHowTheTextIsWritten) {
  EXPECT_EQ(hash_of(), scenario_hash(*parse_scenario("/* the same */ " + std::string(kSmall))));
  EXPECT_EQ(hash_of(), hash_of({"trackers=0", "network.latency=0.05s", "groups.leeches.link.up=50kB/s"}));
}

TEST(ScenarioHash, DependsOnEveryValue) {
  std::set<std::uint64_t> seen = {hash_of()};
  for (const char* setting :
       {"trackers=1", "network.latency=51ms", "groups.leeches.count=6", "share.chunks=11", "groups.leeches.pick=random",
        "events.0.fraction=0.25", "groups.leeches.link.up=401kbit/s"}) {
    EXPECT_TRUE(seen.insert(hash_of({setting})).second) << setting;
  }
}

// Results name the scenario by this number. It changes when a key is added, and with it the name of every scenario, but
// never with the compiler, the library or a default.
TEST(ScenarioHash, IsTheSameEverywhere) {
  std::ifstream file(STP_VECTORS_DIR "/scenario/canonical.json", std::ios::binary);
  const std::string text(std::istreambuf_iterator<char>(file), {});
  const Result<Scenario> scenario = parse_scenario(text);
  ASSERT_TRUE(scenario) << scenario.error().message;
  EXPECT_EQ(to_json(*scenario), text);
  EXPECT_EQ(scenario_hash(*scenario), 13'230'943'630'380'864'175U);
}

}  // namespace
}  // namespace stp::sim
