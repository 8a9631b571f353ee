#include "sim/cli/progress.h"

#include <array>
#include <cstdio>

#include "core/time.h"
#include "sim/report/text.h"

namespace stp::sim {
namespace {

std::string events_per_second(double rate) {
  std::array<char, 64> text{};
  if (rate >= 1e6) {
    std::snprintf(text.data(), text.size(), "%.1f M events/s", rate / 1e6);
  } else {
    std::snprintf(text.data(), text.size(), "%.0f k events/s", rate / 1e3);
  }
  return text.data();
}

std::string seconds_text(double seconds) {
  return human(seconds, Unit::seconds);
}

}  // namespace

console::ProgressLine run_line(const RunProgress& progress, std::chrono::duration<double> elapsed) {
  console::ProgressLine line;
  line.add(seconds_text(seconds_of(progress.at)));
  if (elapsed.count() > 0) {
    line.add_dispensable(events_per_second(static_cast<double>(progress.events) / elapsed.count()));
  }
  line.add_dispensable(std::to_string(progress.online) + " online");
  if (progress.leeches > 0) {
    line.add(std::to_string(progress.complete) + " of " + std::to_string(progress.leeches) + " complete");
  }
  return line;
}

console::ProgressLine sweep_line(const SweepProgress& progress) {
  console::ProgressLine line;
  line.add(std::to_string(progress.done) + " of " + std::to_string(progress.total) + " runs");
  if (progress.failed > 0) line.add(std::to_string(progress.failed) + " failed");
  line.add_dispensable(std::to_string(progress.running) + " playing");
  line.add_dispensable(seconds_text(progress.elapsed.count()));
  if (progress.expected && progress.done < progress.total) line.add("ETA " + seconds_text(progress.expected->count()));
  return line;
}

}  // namespace stp::sim
