// ProgressBoard: the progress of several downloads at once: a line for each on a terminal that is tall enough, else one
// for all.
#pragma once

#include <cstddef>
#include <optional>
#include <vector>

#include "console/console.h"
#include "console/progress_line.h"
#include "transfer/swarm.h"

namespace stp::cli {

class ProgressBoard {
 public:
  explicit ProgressBoard(console::Console& console) : console_(console) {}

  /// A place for one more.
  [[nodiscard]] std::size_t add();
  /// What the one at `place` does now.
  void show(std::size_t place, const console::ProgressLine& line, const transfer::SwarmStatus& swarm);
  /// It is complete: only counted from now on.
  void done(std::size_t place);

  /// "2 of 10 complete  43 %  1.20 GB of 2.70 GB  34.1 MB/s  ETA 44s". Downloads whose size is not known yet are left
  /// out of the sums.
  [[nodiscard]] console::ProgressLine sum() const;

 private:
  struct Place {
    std::optional<console::ProgressLine> line;
    std::int64_t had = 0;
    std::int64_t wanted = 0;
    double rate = 0;
    bool done = false;
  };
  console::Console& console_;
  std::vector<Place> places_;
};

}  // namespace stp::cli
