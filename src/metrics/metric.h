// Metrics: what a running tracker, DHT node or daemon counts, as a list with types. Whoever counts makes the list when
// somebody asks; exposition.h writes it. No state, no clock.
//
// Names follow Prometheus (https://prometheus.io/docs/practices/naming): `stp_` and the part of stp, base units at the
// end (`_bytes`, `_seconds`), and `_total` for counters alone. check() says what is wrong with a list; the tests run it
// on every list that there is.
//
// Bounds: the value of a label is never chosen by a stranger (no peer, no info-hash), and a list has as many samples as
// its maker says.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "core/result.h"

namespace stp::metrics {

enum class Type : std::uint8_t {
  counter,  // only grows, from 0 at the start of the process
  gauge     // as it is now
};

struct Label {
  std::string_view name;
  std::string value;  // any text
};

struct Sample {
  double value = 0;
  std::vector<Label> labels = {};
};

/// All samples of one name have the same labels, and no two have the same values.
struct Metric {
  std::string_view name;
  std::string_view help;  // a sentence, without a full stop
  Type type = Type::counter;
  std::vector<Sample> samples = {};
};

using List = std::vector<Metric>;

[[nodiscard]] Metric counter(std::string_view name, std::string_view help, std::uint64_t value);
[[nodiscard]] Metric gauge(std::string_view name, std::string_view help, double value);

/// `stp_build_info`: 1, with the version as a label.
[[nodiscard]] Metric build_info();

/// The name is good for a metric of this type, its help says something, its samples differ.
[[nodiscard]] Status check(const Metric& metric);
/// The same for all, and no name is there twice.
[[nodiscard]] Status check(const List& list);

}  // namespace stp::metrics
