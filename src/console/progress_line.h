// ProgressLine: one line that says what is going on, in parts, so that a narrow terminal loses the least important
// ones; and LogPace: how often such lines are written where they can't be redrawn. Pure, no console here.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace stp::console {

struct ProgressLine {
  /// When a part is left out because the terminal is too narrow.
  enum class Yields : std::uint8_t { never, late, early };
  struct Part {
    std::string text;
    Yields yields = Yields::never;
    const char* gap = "  ";  // between it and what precedes it
  };

  /// Shown first, shortened first; may be empty.
  std::string name;
  std::vector<Part> parts;
  /// Nothing moves: the line says why, and need not be repeated often.
  bool idle = false;
  /// How much is done, 0 to 1; a terminal draws a bar (progress_drawing.h). Unknown: none.
  std::optional<double> done;
  /// Which parts are here, in order of their place; a wide terminal draws a map.
  struct MapCell {
    double had = 0;         // 0 to 1
    bool available = true;  // somebody has what is missing
  };
  std::vector<MapCell> map;

  void add(std::string text) { parts.push_back({std::move(text)}); }
  /// A number that may be left out.
  void add_dispensable(std::string text) { parts.push_back({std::move(text), Yields::early}); }
};

/// All parts.
[[nodiscard]] std::string whole_text(const ProgressLine& line);

/// The same in at most `columns`: the name is shortened first, down to a few columns; then the parts that yield early
/// are dropped, the last one first, then the name, then the parts that yield late, and finally the end is cut.
[[nodiscard]] std::string fit_to_width(const ProgressLine& line, std::size_t columns);

/// Which progress lines a log gets. While something moves, a line is written every kFirst (or another first interval).
/// An idle line that says nothing new (apart from numbers, as counts and times change all the time) is repeated after
/// 5, 10, 20 … seconds, and finally every kLongest.
class LogPace {
 public:
  using Clock = std::chrono::steady_clock;
  static constexpr std::chrono::seconds kFirst{5};
  static constexpr std::chrono::seconds kLongest{600};

  explicit LogPace(Clock::duration first = kFirst) : first_(first) {}

  /// As if a line had been written at `now`.
  void wait_from(Clock::time_point now) { last_ = now; }

  /// Whether `line` is to be written at `now`, which never decreases; counts as written then.
  [[nodiscard]] bool is_due(const ProgressLine& line, Clock::time_point now);

 private:
  /// Lines that take turns are all known after one round; more kinds than this never are.
  static constexpr std::size_t kKnownMax = 32;

  Clock::duration first_;
  std::optional<Clock::time_point> last_;
  Clock::duration interval_ = first_;
  std::set<std::string> known_;  // idle lines written since something moved, without their numbers
};

}  // namespace stp::console
