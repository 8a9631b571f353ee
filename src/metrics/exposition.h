// How metrics are served: `/metrics` in Prometheus's text format 0.0.4, and `/stats.json`, the same as one JSON object.
//
// Text: https://prometheus.io/docs/instrumenting/exposition_formats. JSON: name → number, or, where there are labels,
// name → list of objects with the labels and `value`. Both say the same. In the JSON, everything outside ASCII and
// '<', '>', '&' is escaped, so that it is no markup wherever it is shown.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "http/message.h"
#include "metrics/metric.h"

namespace stp::metrics {

enum class Form : std::uint8_t { text, json };

/// Of "/metrics" and "/stats.json", with or without a query; nullopt: of any other target.
[[nodiscard]] std::optional<Form> form_of(std::string_view target);

[[nodiscard]] std::string to_text(const List& list);
[[nodiscard]] std::string to_json(const List& list);
[[nodiscard]] http::Response respond(const List& list, Form form);

}  // namespace stp::metrics
