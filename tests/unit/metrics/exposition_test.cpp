#include "metrics/exposition.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

namespace stp::metrics {
namespace {

using nlohmann::json;

TEST(Exposition, TextIsPrometheusFormat) {
  const List list = {counter("stp_a_total", "Things", 12),
                     {"stp_b", "More\nthings \\", Type::gauge, {{1.5, {{"family", "ipv4"}, {"x", ""}}}, {2, {}}}}};
  EXPECT_EQ(to_text(list),
            "# HELP stp_a_total Things\n"
            "# TYPE stp_a_total counter\n"
            "stp_a_total 12\n"
            "# HELP stp_b More\\nthings \\\\\n"
            "# TYPE stp_b gauge\n"
            "stp_b{family=\"ipv4\",x=\"\"} 1.5\n"
            "stp_b 2\n");
}

TEST(Exposition, WholeNumbersAreWrittenInFull) {
  EXPECT_NE(to_text({counter("stp_a_total", "A", std::uint64_t{1} << 53)}).find(" 9007199254740992\n"),
            std::string::npos);
  EXPECT_NE(to_text({counter("stp_a_total", "A", 1'000'000'000'000'000)}).find(" 1000000000000000\n"),
            std::string::npos);
}

TEST(Exposition, AnyTextCanBeALabel) {
  const auto line = [](const std::string& value) {
    const std::string text = to_text({{"stp_b", "B", Type::gauge, {{1, {{"name", value}}}}}});
    return text.substr(text.find("stp_b{"));
  };
  EXPECT_EQ(line("a\"b\\c\nd"), "stp_b{name=\"a\\\"b\\\\c\\nd\"} 1\n");
  EXPECT_EQ(line("\xc3\xa4"), "stp_b{name=\"\xc3\xa4\"} 1\n");
  EXPECT_EQ(line("\xff"), "stp_b{name=\"?\"} 1\n");
}

TEST(Exposition, JsonSaysTheSame) {
  const List list = {counter("stp_a_total", "Things", 12),
                     {"stp_b", "B", Type::gauge, {{1.5, {{"family", "ipv4"}}}, {2, {{"family", "<b>&\xff"}}}}},
                     {"stp_c", "C", Type::gauge, {}}};
  const std::string text = to_json(list);
  EXPECT_EQ(text.find_first_of("<>&"), std::string::npos);
  const json object = json::parse(text);
  EXPECT_EQ(object["stp_a_total"], 12);
  EXPECT_EQ(object["stp_b"][0], (json{{"family", "ipv4"}, {"value", 1.5}}));
  EXPECT_EQ(object["stp_b"][1]["family"], "<b>&\xef\xbf\xbd");
  EXPECT_EQ(object["stp_c"], json::array());
}

TEST(Exposition, TwoTargets) {
  EXPECT_EQ(form_of("/metrics"), Form::text);
  EXPECT_EQ(form_of("/metrics?x=1"), Form::text);
  EXPECT_EQ(form_of("/stats.json"), Form::json);
  for (const char* const other : {"", "/", "/metrics/", "//metrics", "/stats", "metrics"}) {
    EXPECT_FALSE(form_of(other)) << other;
  }
  EXPECT_EQ(respond({}, Form::text).content_type, "text/plain; version=0.0.4; charset=utf-8");
  EXPECT_EQ(respond({}, Form::json).content_type, "application/json");
}

}  // namespace
}  // namespace stp::metrics
