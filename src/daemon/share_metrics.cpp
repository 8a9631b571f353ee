#include "daemon/share_metrics.h"

#include <algorithm>
#include <map>
#include <nlohmann/json.hpp>
#include <string>

#include "daemon/share.h"

namespace stp::daemon {
namespace {

using nlohmann::json;

struct Row {
  const char* field;  // of a share's JSON
  const char* name;
  const char* help;
  metrics::Type type;
};
constexpr Row kRows[] = {
    {"bytes", "stp_share_size_bytes", "Size of a share; 0 while unknown", metrics::Type::gauge},
    {"of", "stp_share_wanted_bytes", "Bytes of a share that are to be here", metrics::Type::gauge},
    {"done", "stp_share_verified_bytes", "Bytes of a share that are here", metrics::Type::gauge},
    {"downloaded", "stp_share_downloaded_bytes_total", "Bytes downloaded since a share was added",
     metrics::Type::counter},
    {"uploaded", "stp_share_uploaded_bytes_total", "Bytes uploaded since a share was added", metrics::Type::counter},
    {"peers", "stp_share_peers", "Connected peers of a share", metrics::Type::gauge},
    {"seeds", "stp_share_seeds", "Connected peers of a share that have everything", metrics::Type::gauge},
};

double number_in(const json& share, const char* field) {
  const auto found = share.find(field);
  return found != share.end() && found->is_number() ? std::max(found->get<double>(), 0.0) : 0;
}

metrics::Metric by_state(const std::vector<json>& shares) {
  std::map<std::string, double> counts;
  for (int state = 0; state <= static_cast<int>(Share::State::removing); ++state) {
    counts[to_string(static_cast<Share::State>(state))] = 0;
  }
  for (const json& share : shares) ++counts[share.at("state").get<std::string>()];
  metrics::Metric metric{"stp_shares", "Shares that are held, by what they do", metrics::Type::gauge, {}};
  for (const auto& [state, count] : counts) metric.samples.push_back({count, {{"state", state}}});
  return metric;
}

}  // namespace

void append_metrics(metrics::List& list, const std::vector<json>& shares) {
  list.push_back(by_state(shares));
  const std::size_t described = std::min(shares.size(), kMetricSharesMax);
  for (const Row& row : kRows) {
    metrics::Metric metric{row.name, row.help, row.type, {}};
    for (std::size_t i = 0; i < described; ++i) {
      const json& share = shares[i];
      metric.samples.push_back({number_in(share, row.field),
                                {{"id", std::to_string(share.at("id").get<std::uint64_t>())},
                                 {"name", share.at("name").get<std::string>()}}});
    }
    list.push_back(std::move(metric));
  }
}

}  // namespace stp::daemon
