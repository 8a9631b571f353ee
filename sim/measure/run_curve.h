// RunCurve: what a run did over time, in few enough points that a sweep can keep it for each of its runs; and what several
// runs did, at common points.
//
// A curve that counts (CurveInfo::counts) is 0 before its first point, has the value of the earlier point between two, and
// keeps the last one. Another is sampled: a straight line between two points, and nothing before the first and after the
// last one.
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "sim/measure/run_result.h"
#include "sim/scenario/scenario.h"

namespace stp::sim {

/// Points of one curve at most.
inline constexpr std::size_t kCurvePointsMax = 101;

/// The kinds of curves.
struct CurveInfo {
  std::string_view name;     // "completion"
  std::string_view title;    // a few words
  std::string_view meaning;  // a sentence
  std::string_view x;        // what its times are
  std::string_view y;        // with the unit: "leeches online"
  std::string_view unit;     // behind a value: " %"
  bool counts = false;
};
/// In the order in which they are shown.
[[nodiscard]] std::span<const CurveInfo> curve_infos();
/// Null: there is none of this name.
[[nodiscard]] const CurveInfo* find_curve(std::string_view name);

struct CurvePoint {
  double seconds = 0;
  double value = 0;
  bool operator==(const CurvePoint&) const = default;
};

struct RunCurve {
  std::string name;                // CurveInfo::name
  std::vector<CurvePoint> points;  // by time, at most kCurvePointsMax, not empty
  bool operator==(const RunCurve&) const = default;
};

/// Those for which the run has data.
[[nodiscard]] std::vector<RunCurve> run_curves(const Scenario& scenario, const RunResult& result);

/// The value at a time; nothing where it has none.
[[nodiscard]] std::optional<double> value_at(const RunCurve& curve, bool counts, double seconds);

/// What several runs have at one time.
struct BandPoint {
  double seconds = 0;
  double lowest = 0;
  double median = 0;
  double highest = 0;
  std::size_t n = 0;  // runs that have a value, at least one
};
/// At `steps` equal steps from 0 to `end`; times at which no curve has a value are left out.
[[nodiscard]] std::vector<BandPoint> band_of(std::span<const RunCurve* const> curves, bool counts, double end,
                                             std::size_t steps);

}  // namespace stp::sim
