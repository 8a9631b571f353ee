#include "metrics/metric.h"

#include <algorithm>
#include <cmath>
#include <set>
#include <utility>

#include "core/version.h"

namespace stp::metrics {
namespace {

bool is_lower(char c) {
  return c >= 'a' && c <= 'z';
}
bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

/// Words of lower case letters and digits with '_' between them.
bool is_snake_case(std::string_view name) {
  if (name.empty() || !is_lower(name.front()) || name.back() == '_') return false;
  if (name.find("__") != std::string_view::npos) return false;
  return std::ranges::all_of(name, [](char c) { return is_lower(c) || is_digit(c) || c == '_'; });
}

bool has_word(std::string_view name, std::string_view word) {
  const std::string padded = "_" + std::string(name) + "_";
  return padded.find("_" + std::string(word) + "_") != std::string::npos;
}

Error wrong(const Metric& metric, std::string_view reason) {
  return {ErrorKind::malformed, "the metric " + std::string(metric.name) + " " + std::string(reason)};
}

std::vector<std::pair<std::string_view, std::string>> pairs_of(const Sample& sample) {
  std::vector<std::pair<std::string_view, std::string>> pairs;
  for (const Label& label : sample.labels) pairs.emplace_back(label.name, label.value);
  return pairs;
}

}  // namespace

Metric counter(std::string_view name, std::string_view help, std::uint64_t value) {
  return {name, help, Type::counter, {{static_cast<double>(value), {}}}};
}

Metric gauge(std::string_view name, std::string_view help, double value) {
  return {name, help, Type::gauge, {{value, {}}}};
}

Metric build_info() {
  return {"stp_build_info", "Version of stp", Type::gauge, {{1, {{"version", std::string(version())}}}}};
}

Status check(const Metric& metric) {
  const std::string_view name = metric.name;
  if (!is_snake_case(name)) return wrong(metric, "is not in snake case");
  if (!name.starts_with("stp_") && !name.starts_with("process_"))
    return wrong(metric, "begins with neither stp_ nor process_");
  if (name.ends_with("_total") != (metric.type == Type::counter))
    return wrong(metric, "ends with _total, or does not, against its type");
  for (const std::string_view unit :
       {"kilobytes", "megabytes", "milliseconds", "minutes", "percent", "bits", "ms", "kb", "mb"}) {
    if (has_word(name, unit)) return wrong(metric, "is not in a base unit");
  }
  for (const std::string_view type : {"counter", "gauge"}) {
    if (has_word(name, type)) return wrong(metric, "names its type");
  }
  if (metric.help.empty() || metric.help.ends_with('.')) return wrong(metric, "has no help, or one with a full stop");
  std::set<std::vector<std::pair<std::string_view, std::string>>> seen;
  for (const Sample& sample : metric.samples) {
    if (!std::isfinite(sample.value)) return wrong(metric, "has a value that is not a number");
    if (metric.type == Type::counter && sample.value < 0) return wrong(metric, "counts below 0");
    const auto is_wrong = [](const Label& label) { return !is_snake_case(label.name) || label.name == "value"; };
    if (std::ranges::any_of(sample.labels, is_wrong)) return wrong(metric, "has a label with a wrong name");
    const auto name_of = [](const Label& label) { return label.name; };
    if (!std::ranges::equal(sample.labels, metric.samples.front().labels, {}, name_of, name_of)) {
      return wrong(metric, "has samples with different labels");
    }
    if (!seen.insert(pairs_of(sample)).second) return wrong(metric, "has two samples with the same labels");
  }
  return Done{};
}

Status check(const List& list) {
  std::set<std::string_view> names;
  for (const Metric& metric : list) {
    if (Status status = check(metric); !status) return status;
    if (!names.insert(metric.name).second) return wrong(metric, "is there twice");
  }
  return Done{};
}

}  // namespace stp::metrics
