#include "cli/progress_board.h"

#include <string>

#include "cli/format.h"

namespace stp::cli {

std::size_t ProgressBoard::add() {
  places_.emplace_back();
  return places_.size() - 1;
}

void ProgressBoard::show(std::size_t place, const console::ProgressLine& line, const transfer::SwarmStatus& swarm) {
  Place& shown = places_[place];
  shown.line = line;
  shown.had = swarm.bytes_had;
  shown.wanted = swarm.bytes_wanted;
  shown.rate = swarm.down_rate;
  std::vector<console::ProgressLine> lines;
  for (const Place& each : places_) {
    if (each.line && !each.done) lines.push_back(*each.line);
  }
  console_.progress(lines, sum());
}

void ProgressBoard::done(std::size_t place) {
  places_[place].done = true;
  places_[place].had = places_[place].wanted;
  places_[place].rate = 0;
}

console::ProgressLine ProgressBoard::sum() const {
  std::size_t complete = 0;
  std::int64_t had = 0;
  std::int64_t wanted = 0;
  double rate = 0;
  for (const Place& place : places_) {
    complete += place.done ? 1 : 0;
    had += place.had;
    wanted += place.wanted;
    rate += place.rate;
  }
  console::ProgressLine line;
  line.add(std::to_string(complete) + " of " + std::to_string(places_.size()) + " complete");
  if (wanted > 0) {
    line.add(format_percent(had, wanted));
    line.add_dispensable(format_bytes(had) + " of " + format_bytes(wanted));
  }
  line.idle = rate < 1;
  if (!line.idle) {
    line.add(format_rate(rate));
    line.add("ETA " + format_eta(wanted - had, rate));
  } else if (places_.size() - complete > 0) {
    line.add("waiting for peers");
  }
  return line;
}

}  // namespace stp::cli
