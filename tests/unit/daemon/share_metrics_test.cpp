#include "daemon/share_metrics.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "metrics/exposition.h"

namespace stp::daemon {
namespace {

using nlohmann::json;

json share(int id, const char* name, const char* state) {
  return {{"id", id},  {"name", name}, {"state", state}, {"bytes", nullptr}, {"of", 10},
          {"done", 5}, {"peers", 3},   {"seeds", 1},     {"downloaded", 7},  {"uploaded", 8}};
}

TEST(ShareMetrics, SayWhatEachShareDoes) {
  metrics::List list;
  append_metrics(list, {share(1, "a\"b", "seeding"), share(4, "c", "seeding"), share(9, "d", "paused")});
  const Status good = metrics::check(list);
  EXPECT_TRUE(good) << good.error().message;
  const std::string text = metrics::to_text(list);
  for (const char* const line :
       {"stp_shares{state=\"seeding\"} 2", "stp_shares{state=\"paused\"} 1", "stp_shares{state=\"error\"} 0",
        "stp_share_size_bytes{id=\"1\",name=\"a\\\"b\"} 0", "stp_share_wanted_bytes{id=\"4\",name=\"c\"} 10",
        "stp_share_verified_bytes{id=\"9\",name=\"d\"} 5", "stp_share_uploaded_bytes_total{id=\"9\",name=\"d\"} 8",
        "stp_share_peers{id=\"9\",name=\"d\"} 3"}) {
    EXPECT_NE(text.find("\n" + std::string(line) + "\n"), std::string::npos) << line << "\n" << text;
  }
}

TEST(ShareMetrics, AreBounded) {
  std::vector<json> shares;
  for (int id = 1; id <= 1500; ++id) shares.push_back(share(id, "x", "waiting"));
  metrics::List list;
  append_metrics(list, shares);
  for (const metrics::Metric& metric : list) {
    EXPECT_LE(metric.samples.size(), kMetricSharesMax) << metric.name;
  }
  EXPECT_NE(metrics::to_text(list).find("stp_shares{state=\"waiting\"} 1500\n"), std::string::npos);
}

}  // namespace
}  // namespace stp::daemon
