#include "sim/scenario/latency_value.h"

#include <algorithm>
#include <charconv>
#include <cmath>

#include "core/units.h"
#include "sim/scenario/alternatives.h"

namespace stp::sim {
namespace {

const std::string kLatencyTakes =
    "the name of a latency, a time with its unit (0s to 10s), a list of six times that do not decrease (5, 25, 50, 75, "
    "95 and 99 % are shorter), or {\"csv\": FILE}";
constexpr double kMillisecondsMax = 10'000;

/// One row of a matrix: numbers with spaces between them.
Result<std::vector<double>> read_row(const Value& value, std::size_t sites) {
  const std::string takes = std::to_string(sites) + " numbers of milliseconds, 0 to 10000, with spaces between them";
  if (!value.json.is_string()) return value.must_be(takes);
  std::vector<double> row;
  std::string_view rest = value.json.get_ref<const std::string&>();
  while (!rest.empty() && row.size() <= sites) {
    double number = 0;
    const auto [end, error] = std::from_chars(rest.data(), rest.data() + rest.size(), number);
    if (error != std::errc{} || !(number >= 0 && number <= kMillisecondsMax)) return value.must_be(takes);
    rest.remove_prefix(static_cast<std::size_t>(end - rest.data()));
    if (!rest.empty() && rest.front() != ' ') return value.must_be(takes);
    if (!rest.empty()) rest.remove_prefix(1);
    row.push_back(number);
  }
  if (row.size() != sites) return value.must_be(takes);
  return row;
}

Result<LatencyProfile> read_matrix(const Value& value) {
  LatencyProfile profile;
  const auto rows = value.json.find("matrix");
  if (value.json.size() != 1 || rows == value.json.end() || !rows->is_array()) return value.must_be(kLatencyTakes);
  profile.sites = rows->size();
  if (profile.sites < 1 || profile.sites > kSitesMax) {
    return value.wrong("a matrix has 1 to " + std::to_string(kSitesMax) + " rows");
  }
  for (std::size_t i = 0; i < profile.sites; ++i) {
    const Result<std::vector<double>> row =
        read_row({(*rows)[i], value.path_of("matrix." + std::to_string(i))}, profile.sites);
    if (!row) return row.error();
    profile.matrix.insert(profile.matrix.end(), row->begin(), row->end());
  }
  return profile;
}

Json write_matrix(const LatencyProfile& profile) {
  Json rows = Json::array();
  for (std::size_t i = 0; i < profile.sites; ++i) {
    std::string row;
    for (std::size_t j = 0; j < profile.sites; ++j) {
      row += (j == 0 ? "" : " ") + json_text(Json(profile.matrix[i * profile.sites + j]));
    }
    rows.push_back(row);
  }
  Json json = Json::object();
  json["matrix"] = std::move(rows);
  return json;
}

Result<double> read_milliseconds(const Value& value) {
  const Result<Duration> parsed = duration(Duration::zero(), std::chrono::seconds(10)).read(value);
  if (!parsed) return parsed.error();
  return static_cast<double>(parsed->count()) / 1e6;
}

Result<LatencyProfile> read_latency(const Value& value) {
  LatencyProfile profile;
  if (begins_with_digit(value.json)) {
    const Result<double> constant = read_milliseconds(value);
    if (!constant) return constant.error();
    std::fill(std::begin(profile.milliseconds), std::end(profile.milliseconds), *constant);
    return profile;
  }
  if (value.json.is_string()) return by_name(value, named_latencies(), kLatencyTakes);
  if (value.json.is_object()) return read_matrix(value);
  if (!value.json.is_array() || value.json.size() != LatencyProfile::kQuantiles) return value.must_be(kLatencyTakes);
  for (std::size_t i = 0; i < LatencyProfile::kQuantiles; ++i) {
    const Result<double> quantile = read_milliseconds({value.json[i], element_path(value, i)});
    if (!quantile) return quantile.error();
    profile.milliseconds[i] = *quantile;
  }
  if (!std::is_sorted(std::begin(profile.milliseconds), std::end(profile.milliseconds))) {
    return value.must_be(kLatencyTakes);
  }
  return profile;
}

Json write_latency(const LatencyProfile& profile) {
  if (profile.sites > 0) return write_matrix(profile);
  Json quantiles = Json::array();
  for (const double milliseconds : profile.milliseconds) {
    quantiles.push_back(exact_duration(Duration(std::llround(milliseconds * 1e6))));
  }
  const bool constant = std::equal(quantiles.begin() + 1, quantiles.end(), quantiles.begin());
  return constant ? quantiles.front() : quantiles;
}

}  // namespace

Kind<LatencyProfile> latency() {
  return {kLatencyTakes, read_latency, write_latency};
}

}  // namespace stp::sim
