#include "metrics/metric.h"

#include <gtest/gtest.h>

#include <limits>

namespace stp::metrics {
namespace {

TEST(Metric, GoodOnesPass) {
  EXPECT_TRUE(check(counter("stp_x_bytes_total", "Bytes", 3)));
  EXPECT_TRUE(check(gauge("process_resident_memory_bytes", "Memory", 3.5)));
  EXPECT_TRUE(check(build_info()));
  EXPECT_TRUE(check(Metric{"stp_none", "Nothing yet", Type::gauge, {}}));
}

struct BadCase {
  const char* name;
  Metric metric;
};

std::vector<BadCase> bad_metrics() {
  const double nan = std::numeric_limits<double>::quiet_NaN();
  return {
      {"AnotherPrefix", gauge("x_peers", "Peers", 1)},
      {"UpperCase", gauge("stp_Peers", "Peers", 1)},
      {"Doubled", gauge("stp__peers", "Peers", 1)},
      {"AtTheEnd", gauge("stp_peers_", "Peers", 1)},
      {"CounterWithoutTotal", counter("stp_bytes", "Bytes", 1)},
      {"GaugeWithTotal", gauge("stp_bytes_total", "Bytes", 1)},
      {"NoBaseUnit", gauge("stp_delay_milliseconds", "Delay", 1)},
      {"ItsType", gauge("stp_peers_gauge", "Peers", 1)},
      {"NoHelp", gauge("stp_peers", "", 1)},
      {"FullStop", gauge("stp_peers", "Peers.", 1)},
      {"NotANumber", gauge("stp_peers", "Peers", nan)},
      {"BelowZero", {"stp_x_total", "X", Type::counter, {{-1, {}}}}},
      {"LabelCalledValue", {"stp_x", "X", Type::gauge, {{1, {{"value", "a"}}}}}},
      {"LabelWithADash", {"stp_x", "X", Type::gauge, {{1, {{"a-b", "a"}}}}}},
      {"DifferentLabels", {"stp_x", "X", Type::gauge, {{1, {{"a", "1"}}}, {2, {{"b", "1"}}}}}},
      {"SameSampleTwice", {"stp_x", "X", Type::gauge, {{1, {{"a", "1"}}}, {2, {{"a", "1"}}}}}},
  };
}

TEST(Metric, BadOnesAreNamed) {
  for (const BadCase& bad : bad_metrics()) EXPECT_FALSE(check(bad.metric)) << bad.name;
}

TEST(Metric, NoNameTwiceInAList) {
  EXPECT_TRUE(check({gauge("stp_a", "A", 1), gauge("stp_b", "B", 1)}));
  EXPECT_FALSE(check({gauge("stp_a", "A", 1), gauge("stp_a", "A", 1)}));
}

}  // namespace
}  // namespace stp::metrics
