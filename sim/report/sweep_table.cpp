#include "sim/report/sweep_table.h"

#include <algorithm>
#include <array>

namespace stp::sim {

SweepRow make_sweep_row(std::vector<std::string> values, const std::vector<std::string>& figures,
                        const std::vector<NamedValues>& runs, std::size_t failed) {
  SweepRow row{std::move(values), failed, {}};
  std::vector<double> samples;
  for (const std::string& figure : figures) {
    samples.clear();
    for (const NamedValues& run : runs) {
      const auto found = std::ranges::find(run, figure, &NamedValues::value_type::first);
      if (found != run.end()) samples.push_back(found->second);
    }
    row.estimates.push_back(estimate_mean(samples));
  }
  return row;
}

std::string last_part(const std::string& path) {
  return path.substr(path.rfind('.') + 1);
}

std::vector<std::string> usual_figures(const std::vector<std::string>& offered) {
  constexpr std::array<std::string_view, 10> kUsual = {
      "completed",         "completion.mean", "completion.p95",      "bound.ratio",      "uplink.use",
      "first_peer.median", "waste.fraction",  "lookup.latency.mean", "lookup.hops.mean", "lookup.success"};
  std::vector<std::string> chosen;
  for (const std::string_view name : kUsual) {
    if (std::ranges::find(offered, name) != offered.end()) chosen.emplace_back(name);
  }
  return chosen;
}

}  // namespace stp::sim
