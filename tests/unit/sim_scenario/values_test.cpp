#include <gtest/gtest.h>

#include <set>
#include <string>

#include "sim/scenario/named_values.h"
#include "sim/scenario/scenario_json.h"
#include "small_scenario.h"

namespace stp::sim {
namespace {

/// What the canonical text of kSmall says for `key` after `setting`.
std::string canonical(const std::string& setting, const std::string& key) {
  const Result<Scenario> scenario = parse_scenario(kSmall, std::vector<std::string>{setting});
  if (!scenario) return scenario.error().message;
  const std::string text = to_json(*scenario);
  const std::size_t begin = text.find("\"" + key + "\": ") + key.size() + 4;
  return text.substr(begin, text.find_first_of(",\n", begin) - begin);
}

TEST(CanonicalTimes, AreExactAndInTheLargestWholeUnit) {
  EXPECT_EQ(canonical("duration=172800s", "duration"), R"("2d")");
  EXPECT_EQ(canonical("duration=5400s", "duration"), R"("90m")");
  EXPECT_EQ(canonical("duration=1d1s", "duration"), R"("86401s")");
  EXPECT_EQ(canonical("sample-every=1500ms", "sample-every"), R"("1500ms")");
  EXPECT_EQ(canonical("network.latency=1.5ms", "latency"), R"("1500us")");
  EXPECT_EQ(canonical("network.latency=7ns", "latency"), R"("7ns")");
  EXPECT_EQ(canonical("network.latency=0ms", "latency"), R"("0s")");
}

TEST(CanonicalRates, AreInBitsWhereTheyAreRound) {
  const auto up = [](const std::string& rate) {
    return canonical(R"(groups.seed.link={"up":")" + rate + R"(","down":"unlimited"})", "up");
  };
  EXPECT_EQ(up("400kbit/s"), R"("400kbit/s")");
  EXPECT_EQ(up("2MB/s"), R"("16Mbit/s")");
  EXPECT_EQ(up("1KiB/s"), R"("1024B/s")");
  EXPECT_EQ(up("unlimited"), R"("unlimited")");
}

TEST(RatesAndSizes, AreRefusedInUnitsThatMayMeanTwoThings) {
  const auto refusal = [](const std::string& setting) {
    const Result<Scenario> scenario = parse_scenario(kSmall, std::vector<std::string>{setting});
    return scenario ? "accepted" : scenario.error().message;
  };
  const auto of_rate = [&](const std::string& rate) {
    return refusal(R"(groups.seed.link={"up":")" + rate + R"(","down":"unlimited"})");
  };
  EXPECT_EQ(of_rate("1Mb/s"), "groups.seed.link.up: '1Mb/s' has no valid rate unit; did you mean 1Mbit/s or 1MB/s?");
  EXPECT_EQ(of_rate("8Mbps"), "groups.seed.link.up: '8Mbps' has no valid rate unit; did you mean 8Mbit/s?");
  EXPECT_EQ(of_rate("9bit/s"),
            "groups.seed.link.up: '9bit/s' is not a whole number of bytes per second; write e.g. 2B/s");
  EXPECT_EQ(refusal("share.chunk-size=16k"),
            "shares.film.chunk-size: '16k' has no valid size unit; did you mean 16kB?");
}

TEST(CanonicalSizes, AreInBinaryUnits) {
  EXPECT_EQ(canonical("share.chunk-size=16384B", "chunk-size"), R"("16KiB")");
  EXPECT_EQ(canonical("share.chunk-size=1024KiB", "chunk-size"), R"("1MiB")");
}

TEST(CanonicalNumbers, AreWrittenAsOneWouldByHand) {
  EXPECT_EQ(canonical("network.loss=0.0", "loss"), "0");
  EXPECT_EQ(canonical("network.loss=1e-2", "loss"), "0.01");
  EXPECT_EQ(canonical("share.chunks=1e3", "chunks"), "1000");
}

TEST(NamedValues, CanBeUsedAndAreDistinct) {
  std::set<std::string_view> names;
  for (const auto& link : named_links()) {
    EXPECT_TRUE(names.insert(link.name).second) << link.name;
    EXPECT_TRUE(parse_scenario(kSmall, std::vector<std::string>{"groups.leeches.link=" + std::string(link.name)}));
  }
  names.clear();
  for (const auto& latency : named_latencies()) {
    EXPECT_TRUE(names.insert(latency.name).second) << latency.name;
    EXPECT_TRUE(parse_scenario(kSmall, std::vector<std::string>{"network.latency=" + std::string(latency.name)}));
  }
  names.clear();
  for (const auto& session : named_sessions()) {
    EXPECT_TRUE(names.insert(session.name).second) << session.name;
    EXPECT_TRUE(
        parse_scenario(kSmall, std::vector<std::string>{"groups.leeches.session=" + std::string(session.name)}));
  }
}

TEST(Scenario, FindsSharesByName) {
  const Result<Scenario> scenario = parse_scenario(kSmall);
  ASSERT_TRUE(scenario);
  EXPECT_EQ(scenario->share_index(""), 0U);
  EXPECT_EQ(scenario->share_index("book"), 1U);
}

}  // namespace
}  // namespace stp::sim
